//! The choices of a parameter in the IR, which kfp 2's own compiler does not write.

use kfp_ir::ParameterType;
use serde_json::Value;

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
        // The one task's component and the pipeline have the same interface.
        let owners = self
            .spec
            .components
            .values_mut()
            .chain([&mut self.spec.root]);
        for owner in owners {
            let parameter = owner.input_definitions.parameters.get_mut(name);
            let Some(parameter) = parameter.filter(|it| it.parameter_type == ParameterType::String)
            else {
                continue;
            };
            let default = parameter.default_value.as_ref().and_then(Value::as_str);
            if default.is_none_or(|default| choices.contains(&default)) {
                parameter.literals = choices.iter().map(|choice| Value::from(*choice)).collect();
            }
        }
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
                let spec = pipeline.spec.to_json();
                let parameter = spec.pointer(&format!("{owner}/inputDefinitions/parameters/kind"));
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
