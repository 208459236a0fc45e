//! `kfp-comp logs`: what the tasks of a run printed.

/// What the program printed, without the lines of KFP's launcher around it, which klog writes: `I1126 13:33:37…] text`.
pub(super) fn of_program(log: &str) -> String {
    let lines = log.lines().filter(|line| !is_of_launcher(line));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn is_of_launcher(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(first), Some(time)) = (words.next(), words.next()) else {
        return false;
    };
    let date = first.strip_prefix(['I', 'W', 'E', 'F']).unwrap_or_default();
    date.len() == 4
        && date.bytes().all(|byte| byte.is_ascii_digit())
        && time.len() == 15
        && time.as_bytes()[2] == b':'
        && line.contains("] ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_launcher_are_left_out() {
        let log = "I1126 13:33:37.607001      16 main.go:67] Setting log level to: '1'\n\
            error: data_preprocess failed\n  cause: there is no such column\n\
            E1126 13:33:37.662992      16 launcher_v2.go:449] Component failed to execute\n";
        assert_eq!(
            of_program(log),
            "error: data_preprocess failed\n  cause: there is no such column\n"
        );
        for own in [
            "I1126 is a number\n",
            "E1126\n",
            "\n",
            "In 2026 13:33:37.607001 [x] y\n",
        ] {
            assert_eq!(of_program(own), own);
        }
    }
}
