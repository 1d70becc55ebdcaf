/** The shells there is a completion for. Each script asks the program, so that it never has to be installed again. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What switches the completion on in a shell's start-up file. */
export const INSTALLATION: Record<Shell, string> = {
  bash: 'In ~/.bashrc: source <(tomo completion bash)',
  zsh: 'In ~/.zshrc, after compinit: source <(tomo completion zsh)',
  fish: 'Once: tomo completion fish > ~/.config/fish/completions/tomo.fish',
  powershell: 'In $PROFILE: tomo completion powershell | Out-String | Invoke-Expression',
};

export const COMPLETION_SCRIPTS: Record<Shell, string> = {
  bash: `_tomo() {
  local line word words=()
  COMPREPLY=()
  # as the shell would hand them over, and what is offered as it would have to be typed; a comma needs no backslash
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [[ $word == [\\"\\']*[\\"\\'] ]] && word=\${word#?} word=\${word%?}
    IFS= read word <<< "$word"
    words+=("$word")
  done
  while IFS= read -r line; do
    if [[ $line == $'\\t'* ]]; then
      compopt -o default
    elif [[ $line && \${COMP_WORDS[COMP_CWORD]} != [\\"\\']* ]]; then
      printf -v line '%q' "\${line%%$'\\t'*}"
      COMPREPLY+=("\${line//\\\\,/,}")
    fi
  done < <(tomo __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _tomo tomo
`,
  zsh: `#compdef tomo
_tomo() {
  local line
  local -a candidates
  for line in "\${(@f)$(tomo __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == $'\\t'* ]]; then
      [[ $PREFIX == --*=* ]] && compset -P '*='
      _files
      return
    fi
    [[ -n $line ]] && candidates+=("\${\${\${line%%$'\\t'*}//\\\\/\\\\\\\\}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t values tomo candidates
}
# as a file of $fpath it is the function itself
if [[ $funcstack[1] == _tomo ]]; then _tomo; else compdef _tomo tomo; fi
`,
  fish: `function __tomo_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (tomo __complete -- $words[2..-1] "$current" 2>/dev/null)
        if string match -q \\t'*' -- $line
            set -l flag (string match -r -- '^--[^=]*=' "$current")
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
                printf '%s\\n' "$flag$path"
            end
        else
            printf '%s\\n' $line
        end
    end
end
complete -c tomo -f -a '(__tomo_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName tomo -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $wordToComplete -eq '' } | ForEach-Object { $_.ToString() })
    tomo __complete -- @words "$wordToComplete" 2>$null | Where-Object { -not $_.StartsWith("\`t") } | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
`,
};
