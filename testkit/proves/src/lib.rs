//! `#[proves("CUST-01")]`: a test's own claim that it checks the whole acceptance of a feature.
//!
//! The attribute leaves the test as it is. The feature ledger (`docs/features.tsv`) is generated
//! from these attributes and from the report of the tests that ran and passed.

use proc_macro::{TokenStream, TokenTree};

/// Names the features of the ledger that this test proves; every argument is a string literal.
#[proc_macro_attribute]
pub fn proves(ids: TokenStream, test: TokenStream) -> TokenStream {
    for token in ids {
        let well_formed = match &token {
            TokenTree::Literal(literal) => literal.to_string().starts_with('"'),
            TokenTree::Punct(punct) => punct.as_char() == ',',
            _ => false,
        };
        if !well_formed {
            return "compile_error!(\"#[proves(…)] takes feature ids as string literals: #[proves(\\\"CUST-01\\\")]\");"
                .parse()
                .expect("a constant that parses");
        }
    }
    test
}
