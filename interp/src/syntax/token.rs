//! The tokens, declared once: variant and spelling.

macro_rules! define_tokens {
    (keywords { $( $kw:ident $kw_text:literal, )* } symbols { $( $sym:ident $sym_text:literal, )* }) => {
        /// The kind of a token. What a name, string or number says is kept beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Token {
            $( $kw, )*
            $( $sym, )*
            /// A byte that starts no token; the parser will complain about it.
            Stray(u8),
        }

        impl Token {
            /// The keyword spelled so.
            #[inline]
            pub fn keyword(text: &[u8]) -> Option<Token> {
                match text { $( $kw_text => Some(Token::$kw), )* _ => None }
            }

            /// As messages spell it. A name, string or number is spelled by its own text instead.
            pub fn spelling(self) -> Vec<u8> {
                match self {
                    $( Token::$kw => $kw_text.to_vec(), )*
                    $( Token::$sym => $sym_text.to_vec(), )*
                    Token::Stray(byte) if byte.is_ascii_control() => format!("char({byte})").into_bytes(),
                    Token::Stray(byte) => vec![byte],
                }
            }
        }
    };
}

define_tokens! {
    keywords {
        And b"and", Break b"break", Do b"do", Else b"else", ElseIf b"elseif", End b"end", False b"false",
        For b"for", Function b"function", If b"if", In b"in", Local b"local", Nil b"nil", Not b"not",
        Or b"or", Repeat b"repeat", Return b"return", Then b"then", True b"true", Until b"until",
        While b"while",
    }
    symbols {
        Plus b"+", Minus b"-", Star b"*", Slash b"/", Percent b"%", Caret b"^", Hash b"#",
        Equal b"==", NotEqual b"~=", LessEqual b"<=", GreaterEqual b">=", Less b"<", Greater b">",
        Assign b"=", LeftParen b"(", RightParen b")", LeftBrace b"{", RightBrace b"}",
        LeftBracket b"[", RightBracket b"]", Semicolon b";", Colon b":", DoubleColon b"::",
        Comma b",", Dot b".", Concat b"..", Dots b"...",
        Number b"<number>", Name b"<name>", String b"<string>", Eof b"<eof>",
    }
}
