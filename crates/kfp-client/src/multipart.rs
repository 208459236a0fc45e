//! The one form of multipart body that the server's upload handlers read.

/// A body with one file, and its content type.
pub(crate) fn file(name: &str, content: &[u8]) -> (String, Vec<u8>) {
    let boundary = boundary(content);
    let quoted: String = name.chars().filter(|c| !c.is_control()).collect();
    let quoted = quoted.replace('\\', "\\\\").replace('"', "\\\"");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"uploadfile\"; filename=\"{quoted}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [
        head.as_bytes(),
        content,
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A text that does not occur in the content, the same one for the same content.
fn boundary(content: &[u8]) -> String {
    (0..=u32::MAX)
        .map(|number| format!("kfp-client-{number:08x}"))
        .find(|candidate| {
            !content
                .windows(candidate.len())
                .any(|window| window == candidate.as_bytes())
        })
        .expect("a text contains few of all boundaries")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_does_not_occur_in_the_content() {
        let (content_type, body) = file("a.yaml", b"kfp-client-00000000");
        assert!(content_type.ends_with("boundary=kfp-client-00000001"));
        let text = String::from_utf8(body).unwrap();
        assert!(text.ends_with("\r\n--kfp-client-00000001--\r\n"), "{text}");
    }

    #[test]
    fn a_file_name_cannot_end_its_header() {
        let (_, body) = file("a\"\r\nX: y.yaml", b"");
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("filename=\"a\\\"X: y.yaml\""), "{text}");
    }
}
