;; Skips the text of a JSON string, 64 bytes at a time; JavaScript has no such
;; instructions. The build writes it as text-program.js.
;; In: (at, end) in its memory. Out: the first offset that is not of the text: of
;; its end, of what no string may hold, of an escape that may go on behind the
;; end; or the end.
;; INVARIANT: it reads its own memory only, and writes nothing.
(module
  ;; The bytes, and from 16384 on, for each byte, what it may be in an escape:
  ;; 1 behind a backslash, 2 a hexadecimal digit (long-text.ts).
  (memory (export "memory") 1 1)
  (func (export "find") (param $at i32) (param $end i32) (result i32)
    (local $bytes v128)
    (local $quotes v128)
    (local $slashes v128)
    (local $spaces v128)
    (local $found i32)
    (local.set $quotes (i8x16.splat (i32.const 0x22)))
    (local.set $slashes (i8x16.splat (i32.const 0x5c)))
    (local.set $spaces (i8x16.splat (i32.const 0x20)))
    (loop $text
      ;; Left where a lane is a quote, a backslash or a control character.
      (block $met
        ;; Where escapes are many, the next one is near.
        (br_if $met (local.tee $found (i8x16.bitmask
          (v128.or
            (v128.or
              (i8x16.eq (local.tee $bytes (v128.load align=1 (local.get $at))) (local.get $quotes))
              (i8x16.eq (local.get $bytes) (local.get $slashes)))
            (i8x16.lt_u (local.get $bytes) (local.get $spaces))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (block $near
          (loop $far
            (br_if $near (i32.gt_u
              (i32.add (local.get $at) (i32.const 64))
              (local.get $end)))
            (br_if $near (v128.any_true
              (v128.or
                (v128.or
                  (v128.or
                    (v128.or
                      (v128.or
                        (i8x16.eq (local.tee $bytes (v128.load align=1 (local.get $at))) (local.get $quotes))
                        (i8x16.eq (local.get $bytes) (local.get $slashes)))
                      (i8x16.lt_u (local.get $bytes) (local.get $spaces)))
                    (v128.or
                      (v128.or
                        (i8x16.eq (local.tee $bytes (v128.load offset=16 align=1 (local.get $at))) (local.get $quotes))
                        (i8x16.eq (local.get $bytes) (local.get $slashes)))
                      (i8x16.lt_u (local.get $bytes) (local.get $spaces))))
                  (v128.or
                    (v128.or
                      (i8x16.eq (local.tee $bytes (v128.load offset=32 align=1 (local.get $at))) (local.get $quotes))
                      (i8x16.eq (local.get $bytes) (local.get $slashes)))
                    (i8x16.lt_u (local.get $bytes) (local.get $spaces))))
                (v128.or
                  (v128.or
                    (i8x16.eq (local.tee $bytes (v128.load offset=48 align=1 (local.get $at))) (local.get $quotes))
                    (i8x16.eq (local.get $bytes) (local.get $slashes)))
                  (i8x16.lt_u (local.get $bytes) (local.get $spaces))))))
            (local.set $at (i32.add (local.get $at) (i32.const 64)))
            (br $far)))
        (loop $step
          (br_if $met (local.tee $found (i8x16.bitmask
            (v128.or
              (v128.or
                (i8x16.eq (local.tee $bytes (v128.load align=1 (local.get $at))) (local.get $quotes))
                (i8x16.eq (local.get $bytes) (local.get $slashes)))
              (i8x16.lt_u (local.get $bytes) (local.get $spaces))))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $step (i32.lt_u (local.get $at) (local.get $end))))
        (return (local.get $end)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
      ;; What is behind the end is not of this text: six bytes are the longest
      ;; escape.
      (if (i32.gt_u (i32.add (local.get $at) (i32.const 6)) (local.get $end))
        (then
          (if (i32.lt_u (local.get $at) (local.get $end))
            (then (return (local.get $at))))
          (return (local.get $end))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x5c))
        (then (return (local.get $at))))
      (if (i32.and
            (i32.load8_u offset=16384 (i32.load8_u offset=1 (local.get $at)))
            (i32.const 1))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (br $text)))
      (if (i32.ne (i32.load8_u offset=1 (local.get $at)) (i32.const 0x75))
        (then (return (local.get $at))))
      (if (i32.eqz (i32.and
            (i32.and
              (i32.and
                (i32.load8_u offset=16384 (i32.load8_u offset=2 (local.get $at)))
                (i32.load8_u offset=16384 (i32.load8_u offset=3 (local.get $at))))
              (i32.and
                (i32.load8_u offset=16384 (i32.load8_u offset=4 (local.get $at)))
                (i32.load8_u offset=16384 (i32.load8_u offset=5 (local.get $at)))))
            (i32.const 2)))
        (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 6)))
      (br $text))
    (unreachable)))
