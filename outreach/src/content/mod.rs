//! What a mail says: an MJML template is compiled once a run, personal values are put in for
//! every person, and the result becomes a MIME message with a text part and tracked links.

pub mod links;
pub mod mime;
pub mod plain;
pub mod template;

pub use links::Link;
pub use mime::{Envelope, Sender, compose};
pub use template::{Content, Person, RenderError, Rendered, Renderer, TemplateFault, Variable};
