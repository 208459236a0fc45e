//! What an author sees who makes one mistake: one error, under the mistake.

#[test]
fn each_mistake_is_one_error_at_its_own_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
