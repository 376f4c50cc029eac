//! What the document database holds, as meant.

use serde::Serialize;

use crate::units::{Bytes, Count};

/// `documents:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Documents {
    /// Bytes of all documents today, before compression.
    pub size: Option<Bytes>,
    /// Mean size of a document.
    pub item_size: Option<Bytes>,
    /// Documents that a dynamic request reads.
    pub reads_per_request: Option<Count>,
    /// Documents that a dynamic request writes.
    pub writes_per_request: Option<Count>,
}
