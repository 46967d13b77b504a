//! The lexer: bytes to tokens.
//!
//! It holds the current token and, when asked, one more. Names and strings become [`Symbol`]s at
//! once; text is copied only where an escape or a line end makes the value differ from the source.
//!
//! Beyond Lua 5.1 it reads what LuaJIT reads: `\xXX`, `\z` and `\u{XXX}` in strings and the sign of
//! a hexadecimal exponent (`0x1p-3`). Where such text is valid in 5.1 (`"\x"` is `"x"` there) and
//! is not what LuaJIT means by it, it keeps its 5.1 meaning.
//!
//! Line numbers follow `llex.c`: [`Lexer::line`] is the line at which reading has arrived, that is,
//! the end of the current token; [`Lexer::last_line`] that of the token before.

use super::error::{Result, SyntaxError};
use super::symbol::{Symbol, Symbols};
use super::token::Token;
use ferrous_lua_runtime::message::{MAX_CHUNK_IN_SYNTAX_ERROR, chunk_display_name};
use ferrous_lua_runtime::text::number::parse_number;

/// One token with its value.
#[derive(Clone, Copy)]
struct Lexeme {
    token: Token,
    /// Of a name or string.
    symbol: Symbol,
    /// Of a number.
    number: f64,
    /// Where in the source it stands.
    start: u32,
    end: u32,
}

/// A cursor over the source of a chunk.
pub(super) struct Lexer<'s> {
    source: &'s [u8],
    chunk_name: &'s [u8],
    pos: usize,
    /// The line reading has arrived at.
    pub(super) line: u32,
    /// The line of the end of the token before the current one.
    pub(super) last_line: u32,
    current: Lexeme,
    ahead: Option<Lexeme>,
    pub(super) symbols: Symbols,
    /// The value of a string that differs from its source, behind its opening quote.
    buffer: Vec<u8>,
}

/// How many tokens `source` has: the lexer's work without the parser's.
///
/// # Errors
///
/// [`SyntaxError`], at the first thing that is no token.
pub fn token_count(source: &[u8], chunk_name: &[u8]) -> Result<usize> {
    let mut lexer = Lexer::new(source, chunk_name);
    let mut count = 0;
    lexer.advance()?;
    while lexer.token() != Token::Eof {
        count += 1;
        lexer.advance()?;
    }
    Ok(count)
}

const DIGIT: u8 = 1;
const WORD: u8 = 2;

/// What a byte may be part of, in the C locale.
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        if c.is_ascii_digit() {
            class[byte] = DIGIT | WORD;
        } else if c.is_ascii_alphabetic() || c == b'_' {
            class[byte] = WORD;
        }
        byte += 1;
    }
    class
};

impl<'s> Lexer<'s> {
    /// A lexer that has not read its first token.
    pub(super) fn new(source: &'s [u8], chunk_name: &'s [u8]) -> Lexer<'s> {
        let nothing = Lexeme { token: Token::Eof, symbol: Symbol::SELF, number: 0.0, start: 0, end: 0 };
        Lexer {
            source,
            chunk_name,
            pos: 0,
            line: 1,
            last_line: 1,
            current: nothing,
            ahead: None,
            symbols: Symbols::new(),
            buffer: Vec::new(),
        }
    }

    /// The current token.
    #[inline]
    pub(super) fn token(&self) -> Token {
        self.current.token
    }

    /// What the current name or string says.
    #[inline]
    pub(super) fn symbol(&self) -> Symbol {
        self.current.symbol
    }

    /// The value of the current number.
    #[inline]
    pub(super) fn number(&self) -> f64 {
        self.current.number
    }

    /// How far the source has been read.
    pub(super) fn position(&self) -> usize {
        self.pos
    }

    /// Goes to the next token.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<()> {
        self.last_line = self.line;
        self.current = match self.ahead.take() {
            Some(lexeme) => lexeme,
            None => self.read()?,
        };
        Ok(())
    }

    /// The token behind the current one.
    pub(super) fn look_ahead(&mut self) -> Result<Token> {
        if let Some(lexeme) = self.ahead {
            return Ok(lexeme.token);
        }
        let lexeme = self.read()?;
        self.ahead = Some(lexeme);
        Ok(lexeme.token)
    }

    /// Whether a name follows the current token, leaving no trace of having looked.
    pub(super) fn name_follows(&mut self) -> bool {
        let (pos, line) = (self.pos, self.line);
        let is_name = matches!(self.read(), Ok(Lexeme { token: Token::Name, .. }));
        (self.pos, self.line) = (pos, line);
        is_name
    }

    // ---- errors ----------------------------------------------------------------------------

    /// An error at the current token.
    #[cold]
    pub(super) fn error_near<T>(&self, what: &str) -> Result<T> {
        let lexeme = self.current;
        let text = match lexeme.token {
            // Its number is that of no token in the reference.
            Token::Stray(0) => return self.error_plain(what),
            Token::Name | Token::Number => self.source[lexeme.start as usize..lexeme.end as usize].to_vec(),
            Token::String => self.string_spelling(lexeme),
            token => token.spelling(),
        };
        self.error(what, &text, lexeme.token == Token::Eof)
    }

    /// An error that is about no token, at the current line.
    #[cold]
    pub(super) fn error_plain<T>(&self, what: &str) -> Result<T> {
        self.error_plain_at(self.line, what)
    }

    /// An error that is about no token, at the given line.
    #[cold]
    pub(super) fn error_plain_at<T>(&self, line: u32, what: &str) -> Result<T> {
        Err(Box::new(SyntaxError { message: self.message(line, what), at_eof: false }))
    }

    fn message(&self, line: u32, what: &str) -> Vec<u8> {
        let mut message = chunk_display_name(self.chunk_name, MAX_CHUNK_IN_SYNTAX_ERROR);
        message.extend_from_slice(format!(":{line}: {what}").as_bytes());
        message
    }

    #[cold]
    fn error<T>(&self, what: &str, near: &[u8], at_eof: bool) -> Result<T> {
        let mut message = self.message(self.line, what);
        message.extend_from_slice(b" near '");
        // The reference prints a C string.
        message.extend(near.iter().take_while(|&&b| b != 0));
        message.push(b'\'');
        Err(Box::new(SyntaxError { message, at_eof }))
    }

    /// A string token as the reference's buffer holds it: its value between its delimiters.
    fn string_spelling(&self, lexeme: Lexeme) -> Vec<u8> {
        let source = &self.source[lexeme.start as usize..];
        let (open, close) = match source[0] {
            b'[' => {
                let level = source[1..].iter().take_while(|&&b| b == b'=').count();
                let close = [b"]", &source[1..=level], b"]"].concat();
                (&source[..level + 2], close)
            }
            quote => (&source[..1], vec![quote]),
        };
        [open, self.symbols.text(lexeme.symbol), &close].concat()
    }

    // ---- reading ---------------------------------------------------------------------------

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.source.get(self.pos).copied()
    }

    #[inline]
    fn byte_after(&self) -> Option<u8> {
        self.source.get(self.pos + 1).copied()
    }

    #[inline]
    fn at_class(&self, class: u8) -> bool {
        self.byte().is_some_and(|b| CLASS[b as usize] & class != 0)
    }

    /// Skips a line end: one byte, or two different ones.
    #[inline]
    fn skip_newline(&mut self) {
        let first = self.byte();
        self.pos += 1;
        if let Some(b'\n' | b'\r') = self.byte()
            && self.byte() != first
        {
            self.pos += 1;
        }
        self.line += 1;
    }

    fn read(&mut self) -> Result<Lexeme> {
        loop {
            let Some(byte) = self.byte() else {
                return Ok(self.lexeme(Token::Eof, self.pos));
            };
            let start = self.pos;
            // Tokens of one byte, or of two of which the second is known.
            let (token, len) = match byte {
                b'\n' | b'\r' => {
                    self.skip_newline();
                    continue;
                }
                b' ' | b'\t' | 0x0B | 0x0C => {
                    self.pos += 1;
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Ok(self.read_word()),
                b'0'..=b'9' => return self.read_numeral(),
                b'"' | b'\'' => return self.read_string(byte),
                b'-' if self.byte_after() == Some(b'-') => {
                    self.skip_comment()?;
                    continue;
                }
                b'[' => match self.long_bracket(b'[') {
                    Ok(level) => return self.read_long_string(level),
                    Err(0) => (Token::LeftBracket, 1),
                    Err(_) => {
                        let len = 1 + self.source[start + 1..].iter().take_while(|&&b| b == b'=').count();
                        let text = &self.source[start..start + len];
                        return self.error("invalid long string delimiter", text, false);
                    }
                },
                b'.' => match (self.byte_after(), self.source.get(self.pos + 2)) {
                    (Some(b'.'), Some(b'.')) => (Token::Dots, 3),
                    (Some(b'.'), _) => (Token::Concat, 2),
                    (Some(b'0'..=b'9'), _) => return self.read_numeral(),
                    _ => (Token::Dot, 1),
                },
                b'=' => self.with_equals(Token::Assign, Token::Equal),
                b'<' => self.with_equals(Token::Less, Token::LessEqual),
                b'>' => self.with_equals(Token::Greater, Token::GreaterEqual),
                b'~' => self.with_equals(Token::Stray(b'~'), Token::NotEqual),
                b':' if self.byte_after() == Some(b':') => (Token::DoubleColon, 2),
                b':' => (Token::Colon, 1),
                b'+' => (Token::Plus, 1),
                b'-' => (Token::Minus, 1),
                b'*' => (Token::Star, 1),
                b'/' => (Token::Slash, 1),
                b'%' => (Token::Percent, 1),
                b'^' => (Token::Caret, 1),
                b'#' => (Token::Hash, 1),
                b'(' => (Token::LeftParen, 1),
                b')' => (Token::RightParen, 1),
                b'{' => (Token::LeftBrace, 1),
                b'}' => (Token::RightBrace, 1),
                b']' => (Token::RightBracket, 1),
                b';' => (Token::Semicolon, 1),
                b',' => (Token::Comma, 1),
                _ => (Token::Stray(byte), 1),
            };
            self.pos += len;
            return Ok(self.lexeme(token, start));
        }
    }

    #[inline]
    fn with_equals(&self, without: Token, with: Token) -> (Token, usize) {
        if self.byte_after() == Some(b'=') { (with, 2) } else { (without, 1) }
    }

    /// A token from `start` to here.
    #[inline]
    fn lexeme(&self, token: Token, start: usize) -> Lexeme {
        Lexeme { token, symbol: Symbol::SELF, number: 0.0, start: start as u32, end: self.pos as u32 }
    }

    fn read_word(&mut self) -> Lexeme {
        let start = self.pos;
        self.pos += 1;
        while self.at_class(WORD) {
            self.pos += 1;
        }
        let source = self.source;
        let text = &source[start..self.pos];
        match Token::keyword(text) {
            Some(keyword) => self.lexeme(keyword, start),
            None => {
                let symbol = self.symbols.intern(text);
                Lexeme { symbol, ..self.lexeme(Token::Name, start) }
            }
        }
    }

    fn read_numeral(&mut self) -> Result<Lexeme> {
        let start = self.pos;
        if self.byte() == Some(b'0') && matches!(self.byte_after(), Some(b'x' | b'X')) {
            self.pos += 2;
            loop {
                match self.byte() {
                    Some(b'+' | b'-') if matches!(self.source[self.pos - 1], b'p' | b'P') => {}
                    // Two dots are a concatenation: `0xA..""`.
                    Some(b'.') if self.byte_after() != Some(b'.') => {}
                    _ if self.at_class(WORD) => {}
                    _ => break,
                }
                self.pos += 1;
            }
        } else {
            while self.at_class(DIGIT) || self.byte() == Some(b'.') {
                self.pos += 1;
            }
            if let Some(b'e' | b'E') = self.byte() {
                self.pos += 1;
                if let Some(b'+' | b'-') = self.byte() {
                    self.pos += 1;
                }
            }
            while self.at_class(WORD) {
                self.pos += 1;
            }
        }
        let text = &self.source[start..self.pos];
        match parse_number(text) {
            Some(number) => Ok(Lexeme { number, ..self.lexeme(Token::Number, start) }),
            None => self.error("malformed number", text, false),
        }
    }

    /// Skips `--` and the comment behind it.
    fn skip_comment(&mut self) -> Result<()> {
        self.pos += 2;
        if self.byte() == Some(b'[')
            && let Ok(level) = self.long_bracket(b'[')
        {
            self.pos += level + 2;
            return match self.skip_long_text(level) {
                Some(_) => Ok(()),
                None => self.unfinished("unfinished long comment"),
            };
        }
        while let Some(byte) = self.byte() {
            if byte == b'\n' || byte == b'\r' {
                break;
            }
            self.pos += 1;
        }
        Ok(())
    }

    /// The level of the long bracket that starts here; else how many `=` follow the first bracket.
    fn long_bracket(&self, bracket: u8) -> std::result::Result<usize, usize> {
        let rest = &self.source[self.pos + 1..];
        let level = rest.iter().take_while(|&&b| b == b'=').count();
        if rest.get(level) == Some(&bracket) { Ok(level) } else { Err(level) }
    }

    /// Goes behind the bracket that closes a long text of this level and says where it started.
    /// `None` if there is none.
    fn skip_long_text(&mut self, level: usize) -> Option<usize> {
        loop {
            match self.byte()? {
                b']' => match self.long_bracket(b']') {
                    Ok(found) if found == level => {
                        let close = self.pos;
                        self.pos += level + 2;
                        return Some(close);
                    }
                    // The bracket behind the `=` may itself start the right one.
                    Ok(skip) | Err(skip) => self.pos += skip + 1,
                },
                b'\n' | b'\r' => self.skip_newline(),
                _ => self.pos += 1,
            }
        }
    }

    fn read_long_string(&mut self, level: usize) -> Result<Lexeme> {
        let start = self.pos;
        self.pos += level + 2;
        if let Some(b'\n' | b'\r') = self.byte() {
            self.skip_newline();
        }
        let first = self.pos;
        let Some(close) = self.skip_long_text(level) else {
            return self.unfinished("unfinished long string");
        };
        let source = self.source;
        let text = &source[first..close];
        let symbol = if text.contains(&b'\r') {
            self.symbols.intern(&with_plain_newlines(text))
        } else {
            self.symbols.intern(text)
        };
        Ok(Lexeme { symbol, ..self.lexeme(Token::String, start) })
    }

    #[cold]
    fn unfinished<T>(&self, what: &str) -> Result<T> {
        self.error(what, b"<eof>", true)
    }

    fn read_string(&mut self, quote: u8) -> Result<Lexeme> {
        let start = self.pos;
        let source = self.source;
        let plain =
            source[start + 1..].iter().position(|&b| b == quote || matches!(b, b'\\' | b'\n' | b'\r'));
        let Some(plain) = plain else {
            self.pos = source.len();
            return self.unfinished("unfinished string");
        };
        self.pos = start + 1 + plain;
        if source[self.pos] == quote {
            let symbol = self.symbols.intern(&source[start + 1..self.pos]);
            self.pos += 1;
            return Ok(Lexeme { symbol, ..self.lexeme(Token::String, start) });
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(&source[start..self.pos]);
        loop {
            let Some(byte) = self.byte() else {
                return self.unfinished("unfinished string");
            };
            match byte {
                b'\n' | b'\r' => return self.error("unfinished string", &self.buffer, false),
                b'\\' => self.read_escape()?,
                _ => {
                    self.pos += 1;
                    if byte == quote {
                        break;
                    }
                    self.buffer.push(byte);
                }
            }
        }
        let symbol = self.symbols.intern(&self.buffer[1..]);
        Ok(Lexeme { symbol, ..self.lexeme(Token::String, start) })
    }

    /// Reads an escape sequence, starting at its backslash, into the buffer.
    fn read_escape(&mut self) -> Result<()> {
        self.pos += 1;
        let Some(byte) = self.byte() else {
            return Ok(()); // The caller sees the end of the source, too.
        };
        let value = match byte {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0B,
            b'\n' | b'\r' => {
                self.buffer.push(b'\n');
                self.skip_newline();
                return Ok(());
            }
            b'0'..=b'9' => return self.read_decimal_escape(),
            b'x' => match self.hex_escape() {
                Some(value) => {
                    self.pos += 2;
                    value
                }
                None => byte,
            },
            b'u' => return self.read_unicode_escape(),
            b'z' => {
                self.pos += 1;
                while let Some(space) = self.byte() {
                    match space {
                        b'\n' | b'\r' => self.skip_newline(),
                        b' ' | b'\t' | 0x0B | 0x0C => self.pos += 1,
                        _ => break,
                    }
                }
                return Ok(());
            }
            other => other,
        };
        self.pos += 1;
        self.buffer.push(value);
        Ok(())
    }

    fn read_decimal_escape(&mut self) -> Result<()> {
        let mut value = 0u32;
        for _ in 0..3 {
            match self.byte() {
                Some(digit @ b'0'..=b'9') => value = value * 10 + u32::from(digit - b'0'),
                _ => break,
            }
            self.pos += 1;
        }
        match u8::try_from(value) {
            Ok(byte) => self.buffer.push(byte),
            Err(_) => return self.error("escape sequence too large", &self.buffer, false),
        }
        Ok(())
    }

    /// The value of the two hexadecimal digits behind the `x` that is here.
    fn hex_escape(&self) -> Option<u8> {
        let digits = self.source.get(self.pos + 1..self.pos + 3)?;
        let value = |b: u8| (b as char).to_digit(16);
        Some((value(digits[0])? << 4 | value(digits[1])?) as u8)
    }

    fn read_unicode_escape(&mut self) -> Result<()> {
        let rest = &self.source[self.pos + 1..];
        let digits = rest.iter().skip(1).take_while(|b| b.is_ascii_hexdigit()).count();
        if rest.first() != Some(&b'{') || digits == 0 || rest.get(digits + 1) != Some(&b'}') {
            self.pos += 1;
            self.buffer.push(b'u');
            return Ok(());
        }
        let code = rest[1..=digits]
            .iter()
            .fold(0u32, |n, &b| (n << 4 | (b as char).to_digit(16).unwrap_or(0)).min(0x0FFF_FFFF));
        let Some(character) = char::from_u32(code) else {
            return self.error("invalid escape sequence", &self.buffer, false);
        };
        self.buffer.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.pos += digits + 3;
        Ok(())
    }
}

/// `text` with each line end, be it `\n`, `\r`, `\r\n` or `\n\r`, as one `\n`.
fn with_plain_newlines(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' | b'\r' => {
                plain.push(b'\n');
                bytes.next_if(|&next| matches!(next, b'\n' | b'\r') && next != byte);
            }
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of `source`, one per word; a `|` before those that start a new line.
    fn tokens(source: &str) -> String {
        let mut lexer = Lexer::new(source.as_bytes(), b"=x");
        let mut shown = Vec::new();
        loop {
            if let Err(error) = lexer.advance() {
                shown.push(error.to_string());
                break;
            }
            if lexer.line != lexer.last_line {
                shown.push("|".to_string());
            }
            let text = match lexer.token() {
                Token::Eof => break,
                Token::Name => String::from_utf8_lossy(lexer.symbols.text(lexer.symbol())).into_owned(),
                Token::String => format!("{:?}", String::from_utf8_lossy(lexer.symbols.text(lexer.symbol()))),
                Token::Number => lexer.number().to_string(),
                token => String::from_utf8_lossy(&token.spelling()).into_owned(),
            };
            shown.push(text);
        }
        shown.join(" ")
    }

    fn check(source: &str, expected: &str) {
        assert_eq!(tokens(source), expected, "for {source:?}");
    }

    #[test]
    fn plain_tokens() {
        check("a=b==c~=d<=e<f>=g>h", "a = b == c ~= d <= e < f >= g > h");
        check("...a..b.c::x:y", "... a .. b . c :: x : y");
        check("goto andy and a_1", "goto andy and a_1");
        check("a--b\nc--[==[x\n]]]==]d", "a | c | d");
        check("a\r\nb\n\rc\rd\n\ne", "a | b | c | d | e");
        check("~ $ \u{1}", "~ $ char(1)");
    }

    #[test]
    fn numerals() {
        check("1 0x10 1e2 .5 5. 3e-2 0x1p-1 0x.8", "1 16 100 0.5 5 0.03 0.5 0.5");
        check("0xA..1", "10 .. 1");
        check("0x1E+1", "30 + 1");
        check("3x", "x:1: malformed number near '3x'");
        check("1..2", "x:1: malformed number near '1..2'");
        check("0xep1g", "x:1: malformed number near '0xep1g'");
    }

    #[test]
    fn strings() {
        check(r#""a\n\65\0661\"" 'it\'s'"#, r#""a\nAB1\"" "it's""#);
        check(r#""\x41\u{20AC}\z   b" "\xg\u{}\q""#, r#""A€b" "xgu{}q""#);
        check("'a\\\nb' c", r#"| "a\nb" c"#);
        check("'a\\\r\nb' c", r#"| "a\nb" c"#);
        check("[[\na]b\r\nc]] [==[]]]=]]==]", r#"| "a]b\nc" "]]]=]""#);
        check("a[b]", "a [ b ]");
    }

    #[test]
    fn lexical_errors() {
        check("\"abc", "x:1: unfinished string near '<eof>'");
        check("\"a\\", "x:1: unfinished string near '<eof>'");
        check("\"abc\n", "x:1: unfinished string near '\"abc'");
        check("'a\\tb\n'", "x:1: unfinished string near ''a\tb'");
        check("'a\\300'", "x:1: escape sequence too large near ''a'");
        check("'a\\u{110000}'", "x:1: invalid escape sequence near ''a'");
        check("[==x", "x:1: invalid long string delimiter near '[=='");
        check("\n[[a\n", "x:3: unfinished long string near '<eof>'");
        check("--[[a\n]", "x:2: unfinished long comment near '<eof>'");
    }

    #[test]
    fn looking_ahead() {
        let mut lexer = Lexer::new(b"a\n= b", b"=x");
        lexer.advance().unwrap();
        assert!(!lexer.name_follows());
        assert_eq!(lexer.line, 1);
        assert_eq!(lexer.look_ahead().unwrap(), Token::Assign);
        lexer.advance().unwrap();
        assert_eq!(lexer.token(), Token::Assign);
        assert!(lexer.name_follows());
    }
}
