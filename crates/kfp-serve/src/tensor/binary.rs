//! The binary form of tensors: little-endian, row by row; a text is its length in four bytes and its bytes.

use super::Data;

impl Data {
    /// Appends the binary form and gives its length in bytes.
    pub(crate) fn write_binary(&self, buffer: &mut Vec<u8>) -> usize {
        let start = buffer.len();
        match self {
            Self::Bool(values) => buffer.extend(values.iter().map(|value| u8::from(*value))),
            Self::Int64(values) => buffer.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::Fp32(values) => buffer.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::Fp64(values) => buffer.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::Bytes(values) => {
                for value in values {
                    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                    buffer.extend(length.to_le_bytes());
                    buffer.extend(value.as_bytes());
                }
            }
        }
        buffer.len() - start
    }
}

/// The texts of a binary BYTES tensor.
pub(super) fn texts(mut bytes: &[u8]) -> Result<Vec<Option<String>>, String> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let number = texts.len();
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
            return Err(format!(
                "the length of element {number} is cut off: it takes 4 bytes"
            ));
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > rest.len() {
            return Err(format!(
                "element {number} has {length} bytes, but only {} follow",
                rest.len()
            ));
        }
        let (text, rest) = rest.split_at(length);
        let text = std::str::from_utf8(text)
            .map_err(|error| format!("element {number} is not UTF-8: {error}"))?;
        texts.push(Some(text.to_owned()));
        bytes = rest;
    }
    Ok(texts)
}

/// The values of a tensor whose elements have `N` bytes each.
pub(super) fn fixed<const N: usize, T>(
    bytes: &[u8],
    read: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    let (elements, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!(
            "{} bytes are no whole number of elements of {N} bytes",
            bytes.len()
        ));
    }
    Ok(elements.iter().map(|element| read(*element)).collect())
}
