//! Reading lines for the prompt: with editing and a history where somebody types, plainly otherwise.

use std::io::{BufRead, Write};

use ferrous_lua::Lua;

/// Where lines come from.
pub struct Lines {
    #[cfg(feature = "repl")]
    editor: Option<editor::Editor>,
}

impl Lines {
    /// The names of `lua` complete what is typed.
    pub fn new(lua: &Lua) -> Lines {
        _ = lua;
        Lines {
            #[cfg(feature = "repl")]
            editor: editor::Editor::new(lua),
        }
    }

    /// The next line without its end; `None` at the end of the input.
    pub fn read(&mut self, prompt: &str) -> Option<Vec<u8>> {
        #[cfg(feature = "repl")]
        if let Some(editor) = &mut self.editor {
            return editor.read(prompt);
        }
        read_plain(prompt)
    }

    /// Puts a chunk into the history.
    pub fn remember(&mut self, text: &[u8]) {
        #[cfg(feature = "repl")]
        if let Some(editor) = &mut self.editor {
            editor.remember(text);
        }
        _ = text;
    }
}

fn read_plain(prompt: &str) -> Option<Vec<u8>> {
    let mut stdout = std::io::stdout();
    // A prompt that cannot be shown is no reason to stop.
    _ = stdout.write_all(prompt.as_bytes());
    _ = stdout.flush();
    let mut line = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => {
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            Some(line)
        }
    }
}

#[cfg(feature = "repl")]
mod editor {
    use std::io::IsTerminal;
    use std::path::PathBuf;

    use ferrous_lua::Lua;
    use rustyline::completion::Completer;
    use rustyline::error::ReadlineError;
    use rustyline::highlight::Highlighter;
    use rustyline::hint::Hinter;
    use rustyline::history::FileHistory;
    use rustyline::validate::Validator;
    use rustyline::{CompletionType, Config, Context, Helper};

    use crate::complete::completions;

    /// What the editor asks about the line.
    struct Names(Lua);

    impl Completer for Names {
        type Candidate = String;

        fn complete(
            &self,
            line: &str,
            at: usize,
            _: &Context<'_>,
        ) -> rustyline::Result<(usize, Vec<String>)> {
            Ok(completions(&self.0, line, at))
        }
    }

    impl Hinter for Names {
        type Hint = String;
    }

    impl Highlighter for Names {}
    impl Validator for Names {}
    impl Helper for Names {}

    /// An editor of lines on the terminal.
    pub struct Editor {
        editor: rustyline::Editor<Names, FileHistory>,
        history: Option<PathBuf>,
    }

    impl Editor {
        /// `None` if nobody types here.
        pub fn new(lua: &Lua) -> Option<Editor> {
            if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
                return None;
            }
            let config = Config::builder().completion_type(CompletionType::List).build();
            let mut editor = rustyline::Editor::with_config(config).ok()?;
            editor.set_helper(Some(Names(lua.clone())));
            let history =
                std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".ferrous-lua-history"));
            if let Some(history) = &history {
                // There is none the first time.
                _ = editor.load_history(history);
            }
            Some(Editor { editor, history })
        }

        pub fn read(&mut self, prompt: &str) -> Option<Vec<u8>> {
            loop {
                match self.editor.readline(prompt) {
                    Ok(line) => return Some(line.into_bytes()),
                    // Ctrl-C drops the line.
                    Err(ReadlineError::Interrupted) => {}
                    Err(_) => return None,
                }
            }
        }

        pub fn remember(&mut self, text: &[u8]) {
            if let Ok(text) = std::str::from_utf8(text)
                && !text.is_empty()
            {
                _ = self.editor.add_history_entry(text);
            }
        }
    }

    impl Drop for Editor {
        fn drop(&mut self) {
            if let Some(history) = &self.history {
                // A history that cannot be kept is no reason to complain.
                _ = self.editor.save_history(history);
            }
        }
    }
}
