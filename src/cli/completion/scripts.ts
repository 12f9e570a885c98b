// What makes a shell ask us for the rest of a word.
// In: the name of a shell. Out: a script.
// INVARIANT: a script holds no name of a verb or flag: it asks the command that
// is being typed, so it never is out of date.

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Bash splits words at `=` and `:` too, so the line is split here. */
const BASH = `# gateway completion for bash: eval "$(gateway completion bash)"
_gateway() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur="\${COMP_WORDS[COMP_CWORD]}"
  local word before answer
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  [[ $cur == [=:] ]] && cur=""
  before="\${word%"$cur"}"
  COMPREPLY=()
  while IFS= read -r answer; do
    case $answer in
      :files) compopt -o filenames 2>/dev/null
        while IFS= read -r answer; do COMPREPLY+=("$answer"); done < <(compgen -f -- "$cur") ;;
      :folders) compopt -o filenames 2>/dev/null
        while IFS= read -r answer; do COMPREPLY+=("$answer"); done < <(compgen -d -- "$cur") ;;
      *) answer="\${answer%%$'\\t'*}"
        COMPREPLY+=("\${answer#"$before"}") ;;
    esac
  done < <("\${words[0]/#\\~/$HOME}" completion --words -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _gateway gateway portcullis
`

const ZSH = `#compdef gateway portcullis
# gateway completion for zsh: eval "$(gateway completion zsh)", or a file
# named _gateway in a folder of fpath.
_gateway() {
  local answer
  local -a described
  for answer in "\${(@f)$("\${(e)words[1]}" completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $answer in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *) described+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${answer#*$'\\t'}") ;;
    esac
  done
  (( $#described )) && _describe 'gateway' described
}
if [[ $funcstack[1] == _gateway ]]; then
  _gateway "$@"
else
  compdef _gateway gateway portcullis
fi
`

const FISH = `# gateway completion for fish: gateway completion fish | source
function __gateway_complete
  set -l words (commandline -opc) (commandline -ct)
  for answer in ($words[1] completion --words -- $words[2..-1] 2>/dev/null)
    switch $answer
      case :files
        __fish_complete_path (commandline -ct)
      case :folders
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $answer
    end
  end
end
complete -c gateway -f -a '(__gateway_complete)'
complete -c portcullis -f -a '(__gateway_complete)'
`

export const SCRIPTS: Readonly<Record<Shell, string>> = Object.freeze({
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
})
