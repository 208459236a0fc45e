//! What a text is cut into.

use super::cursor::Position;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    StreamEnd,
    YamlDirective {
        major: u32,
    },
    TagDirective {
        handle: String,
        prefix: String,
    },
    OtherDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag {
        handle: Option<String>,
        suffix: String,
    },
    Scalar {
        text: String,
        plain: bool,
    },
}

impl Token {
    /// Its name in PyYAML's messages.
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::StreamEnd => "<stream end>",
            Self::YamlDirective { .. } | Self::TagDirective { .. } | Self::OtherDirective => {
                "<directive>"
            }
            Self::DocumentStart => "<document start>",
            Self::DocumentEnd => "<document end>",
            Self::BlockSequenceStart => "<block sequence start>",
            Self::BlockMappingStart => "<block mapping start>",
            Self::BlockEnd => "<block end>",
            Self::FlowSequenceStart => "[",
            Self::FlowSequenceEnd => "]",
            Self::FlowMappingStart => "{",
            Self::FlowMappingEnd => "}",
            Self::BlockEntry => "-",
            Self::FlowEntry => ",",
            Self::Key => "?",
            Self::Value => ":",
            Self::Alias(_) => "<alias>",
            Self::Anchor(_) => "<anchor>",
            Self::Tag { .. } => "<tag>",
            Self::Scalar { .. } => "<scalar>",
        }
    }
}

pub(super) struct Located {
    pub(super) token: Token,
    pub(super) start: Position,
    pub(super) end: Position,
}
