//! From text to an expression: a scanner and a parser by descending precedence.

use super::{Expression, Function, Operator};

/// Longer formulas are refused, and deeper ones.
const LONGEST: usize = 4000;
const DEEPEST: usize = 60;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(String),
    Text(String),
    Word(String),
    Sign(&'static str),
}

pub(super) fn expression(source: &str) -> Result<Expression, String> {
    if source.chars().count() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    let mut parser = Parser {
        tokens: scan(source)?,
        at: 0,
        depth: 0,
    };
    let expression = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some((place, _)) => Err(format!("something is left over at character {place}")),
    }
}

const SIGNS: [&str; 15] = [
    "<=", ">=", "!=", "<>", "<", ">", "=", "+", "-", "*", "/", "&", "(", ")", ",",
];

fn scan(source: &str) -> Result<Vec<(usize, Token)>, String> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let begin = at;
        let take = |from: usize, fits: &dyn Fn(char) -> bool| -> String {
            chars[from..].iter().take_while(|c| fits(**c)).collect()
        };
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let token = if c.is_ascii_digit() {
            let digits = take(at, &|c| c.is_ascii_digit() || c == '.');
            at += digits.len();
            if digits.matches('.').count() > 1 || digits.ends_with('.') || digits.len() > 28 {
                return Err(format!("{digits:?} is no number"));
            }
            Token::Number(digits)
        } else if c.is_ascii_alphabetic() || c == '_' {
            let word = take(at, &|c| c.is_ascii_alphanumeric() || c == '_');
            at += word.len();
            Token::Word(word)
        } else if c == '\'' {
            let mut text = String::new();
            at += 1;
            loop {
                match chars.get(at) {
                    None => {
                        return Err(format!("the text at character {} is not closed", begin + 1));
                    }
                    Some('\'') if chars.get(at + 1) == Some(&'\'') => {
                        text.push('\'');
                        at += 2;
                    }
                    Some('\'') => {
                        at += 1;
                        break;
                    }
                    Some('\0') => return Err("a text holds no NUL".to_owned()),
                    Some(other) => {
                        text.push(*other);
                        at += 1;
                    }
                }
            }
            Token::Text(text)
        } else {
            let rest: String = chars[at..].iter().take(2).collect();
            let sign = SIGNS
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .ok_or_else(|| format!("{c:?} at character {} is not understood", at + 1))?;
            at += sign.len();
            Token::Sign(sign)
        };
        tokens.push((begin + 1, token));
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Expression, String> {
        let mut left = self.and()?;
        while self.word("or") {
            left = binary(Operator::Or, left, self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut left = self.not()?;
        while self.word("and") {
            left = binary(Operator::And, left, self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, String> {
        if self.word("not") {
            return self.deeper(|parser| Ok(Expression::Not(Box::new(parser.not()?))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.sum()?;
        for (sign, operator) in [
            ("=", Operator::Eq),
            ("!=", Operator::Ne),
            ("<>", Operator::Ne),
            ("<=", Operator::Le),
            (">=", Operator::Ge),
            ("<", Operator::Lt),
            (">", Operator::Gt),
        ] {
            if self.sign(sign) {
                return Ok(binary(operator, left, self.sum()?));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let mut left = self.product()?;
        loop {
            let operator = if self.sign("+") {
                Operator::Add
            } else if self.sign("-") {
                Operator::Subtract
            } else if self.sign("&") {
                Operator::Join
            } else {
                return Ok(left);
            };
            left = binary(operator, left, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expression, String> {
        let mut left = self.signed()?;
        loop {
            let operator = if self.sign("*") {
                Operator::Multiply
            } else if self.sign("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            left = binary(operator, left, self.signed()?);
        }
    }

    fn signed(&mut self) -> Result<Expression, String> {
        if self.sign("-") {
            return self.deeper(|parser| Ok(Expression::Negative(Box::new(parser.signed()?))));
        }
        self.value()
    }

    fn value(&mut self) -> Result<Expression, String> {
        let Some((place, token)) = self.tokens.get(self.at).cloned() else {
            return Err("ends too early".to_owned());
        };
        self.at += 1;
        match token {
            Token::Number(digits) => Ok(Expression::Number(digits)),
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Sign("(") => {
                let inner = self.deeper(Self::or)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Word(word) if self.sign("(") => {
                let function =
                    function(&word).ok_or_else(|| format!("there is no function {word:?}"))?;
                let mut arguments = Vec::new();
                if !self.sign(")") {
                    loop {
                        arguments.push(self.deeper(Self::or)?);
                        if self.sign(")") {
                            break;
                        }
                        self.expect(",")?;
                    }
                }
                Ok(Expression::Call(function, arguments))
            }
            Token::Word(word) => Ok(match word.as_str() {
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                "null" => Expression::Nothing,
                _ => Expression::Field(word),
            }),
            Token::Sign(sign) => Err(format!("{sign:?} at character {place} stands wrongly")),
        }
    }

    fn deeper(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Expression, String>,
    ) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("is nested more than {DEEPEST} deep"));
        }
        let expression = inner(self);
        self.depth -= 1;
        expression
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some((_, Token::Sign(sign))) if *sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some((_, Token::Word(word))) if word == wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(match self.tokens.get(self.at) {
            Some((place, _)) => format!("{sign:?} is missing at character {place}"),
            None => format!("{sign:?} is missing at the end"),
        })
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn function(word: &str) -> Option<Function> {
    Some(match word {
        "if" => Function::If,
        "coalesce" => Function::Coalesce,
        "abs" => Function::Abs,
        "round" => Function::Round,
        "least" => Function::Least,
        "greatest" => Function::Greatest,
        "upper" => Function::Upper,
        "lower" => Function::Lower,
        "trim" => Function::Trim,
        "left" => Function::Left,
        "right" => Function::Right,
        "length" => Function::Length,
        "year" => Function::Year,
        "month" => Function::Month,
        "day" => Function::Day,
        "days" => Function::Days,
        "add_days" => Function::AddDays,
        "date" => Function::Date,
        "is_empty" => Function::IsEmpty,
        _ => return None,
    })
}
