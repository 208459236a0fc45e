//! The choices of a parameter in the IR, which kfp 2's own compiler does not write.

use serde_json::{Value, json};

use super::name::port_name;
use super::write::Pipeline;
use crate::read::ComponentFile;

impl Pipeline {
    /// Adds the `literals` of each text parameter whose description ends in its choices, `One of: gini, entropy.`, as
    /// [`render`](crate::render::render) writes them. KFP 2.17's UI then offers them in a list and its API server refuses
    /// other values; servers that do not know the field refuse the pipeline. kfp 2 loads it as a component too, but does not
    /// pass the choices on to a pipeline that uses it.
    pub fn add_literals(&mut self, file: &ComponentFile) {
        for input in &file.inputs {
            let description = input.description.as_ref().map(|text| text.value.as_str());
            if let Some(choices) = description.and_then(choices) {
                self.add_choices(&port_name(&input.name.value), &choices);
            }
        }
    }

    fn add_choices(&mut self, name: &str, choices: &[&str]) {
        let components = self
            .spec
            .get_mut("components")
            .and_then(Value::as_object_mut);
        let mut owners: Vec<_> = components
            .into_iter()
            .flat_map(|components| components.values_mut())
            .collect();
        // The one task's component and the pipeline have the same interface.
        for owner in &mut owners {
            add(owner, name, choices);
        }
        if let Some(root) = self.spec.get_mut("root") {
            add(root, name, choices);
        }
    }
}

fn add(owner: &mut Value, name: &str, choices: &[&str]) {
    let parameter = owner.pointer_mut(&format!("/inputDefinitions/parameters/{name}"));
    let Some(parameter) = parameter.filter(|it| it["parameterType"] == "STRING") else {
        return;
    };
    let default = parameter.get("defaultValue").and_then(Value::as_str);
    if default.is_none_or(|default| choices.contains(&default)) {
        parameter["literals"] = json!(choices);
    }
}

fn choices(description: &str) -> Option<Vec<&str>> {
    let (_, choices) = description.strip_suffix('.')?.rsplit_once("One of: ")?;
    Some(choices.split(", ").collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{ir, read};

    fn literals(inputs: &str) -> Vec<Value> {
        let text = format!(
            "name: train\ninputs:\n{inputs}\nimplementation: {{container: {{image: i, command: [t, {{inputValue: kind}}]}}}}\n"
        );
        let file = read::read(&text).unwrap();
        let mut pipeline = ir::compile(&file).unwrap();
        pipeline.add_literals(&file);
        ["/components/comp-train", "/root"]
            .iter()
            .map(|owner| {
                let parameter = pipeline
                    .spec
                    .pointer(&format!("{owner}/inputDefinitions/parameters/kind"));
                parameter.unwrap()["literals"].clone()
            })
            .collect()
    }

    #[test]
    fn choices_are_literals_of_the_component_and_of_the_pipeline() {
        let wanted = json!(["gini", "log loss"]);
        for more in ["", "default: gini, ", "optional: true, "] {
            let input = format!(
                "- {{name: kind, type: String, {more}description: \"What. One of: gini, log loss.\"}}"
            );
            assert_eq!(literals(&input), [wanted.clone(), wanted.clone()], "{more}");
        }
    }

    #[test]
    fn anything_else_has_none() {
        for input in [
            "- {name: kind, type: String, description: \"One of a kind.\"}",
            "- {name: kind, type: String}",
            "- {name: kind, type: Integer, description: \"One of: 1, 2.\"}",
            "- {name: kind, type: String, default: other, description: \"One of: a, b.\"}",
        ] {
            assert_eq!(literals(input), [Value::Null, Value::Null], "{input}");
        }
    }
}
