// The certificates of a file in PEM form, all of them.
// In: its text. Out: each certificate; or what is wrong, as the rest of a sentence.
// INVARIANT: no certificate is left out in silence: OpenSSL would read a file as
// far as it is good, and trust the authorities before that place alone.

import { X509Certificate } from 'node:crypto'

const BLOCK =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

export function readCertificates(
  text: string,
): readonly X509Certificate[] | string {
  const blocks = text.match(BLOCK) ?? []
  const [begun, ended] = [text.split('-----BEGIN '), text.split('-----END ')]
  if (begun.length !== ended.length) return 'ends in the middle'
  if (blocks.length === 0) return 'holds no certificate in PEM form'
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return 'holds a certificate that is damaged'
  }
}
