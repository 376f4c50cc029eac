//! Evaluating expressions of HCL as Terraform does, as far as the files alone tell.
//!
//! Comes in: an expression and a [`Scope`] of names. Goes out: a [`Value`]. What refers to something that is not in scope, or
//! calls a function that is not modelled, is unknown, and so is what depends on it; nothing is guessed. An `if` on an
//! unknown, a key that is unknown: unknown as a whole. Never fails, and ends on any input: depth is bounded.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use hcl_edit::{
    expr::{
        BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator,
        UnaryOperator,
    },
    template::{Element, Template},
};

use super::{function, value::Value};

/// Deepest nesting of expressions that is looked into.
const DEPTH: usize = 64;

/// Names and what they stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    names: BTreeMap<String, Rc<Value>>,
}

impl Scope {
    /// Gives a name a value: `var` and `local` are maps.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        self.names.insert(name.into(), Rc::new(value));
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name).map(Rc::as_ref)
    }

    /// Sets one key of a map that is a name's value.
    pub fn set_in(&mut self, name: &str, key: &str, value: Value) {
        let map = self
            .names
            .entry(name.to_owned())
            .or_insert_with(|| Rc::new(Value::Map(BTreeMap::new())));
        if let Value::Map(map) = Rc::make_mut(map) {
            map.insert(key.to_owned(), value);
        }
    }

    /// What the expression comes to.
    pub fn evaluate(&self, expression: &Expression) -> Value {
        self.value(expression, DEPTH)
    }

    fn value(&self, expression: &Expression, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else {
            return Value::unknown("too deep");
        };
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(truth) => Value::Bool(*truth.value()),
            Expression::Number(number) => number
                .value()
                .as_f64()
                .map_or_else(|| Value::unknown(expression), Value::Number),
            Expression::String(text) => Value::Text(text.value().clone()),
            Expression::Array(items) => {
                Value::List(items.iter().map(|item| self.value(item, depth)).collect())
            }
            Expression::Object(object) => {
                let mut map = BTreeMap::new();
                for (key, value) in object.iter() {
                    let name = match key {
                        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
                        ObjectKey::Expression(Expression::Variable(name)) => {
                            Some(name.as_str().to_owned())
                        }
                        ObjectKey::Expression(key) => self.value(key, depth).text(),
                    };
                    let Some(name) = name else {
                        return Value::unknown(expression);
                    };
                    map.insert(name, self.value(value.expr(), depth));
                }
                Value::Map(map)
            }
            Expression::StringTemplate(template) => {
                self.template(template.iter(), expression, depth)
            }
            Expression::HeredocTemplate(heredoc) => {
                self.heredoc(&heredoc.template, expression, depth)
            }
            Expression::Parenthesis(inner) => self.value(inner.inner(), depth),
            Expression::Variable(name) => self
                .get(name.as_str())
                .cloned()
                .unwrap_or_else(|| Value::unknown(name.as_str())),
            Expression::Conditional(conditional) => {
                match self.value(&conditional.cond_expr, depth).truth() {
                    Some(true) => self.value(&conditional.true_expr, depth),
                    Some(false) => self.value(&conditional.false_expr, depth),
                    None => Value::unknown(expression),
                }
            }
            Expression::FuncCall(call) => self.call(call, expression, depth),
            Expression::Traversal(traversal) => self.traversal(traversal, expression, depth),
            Expression::UnaryOp(operation) => {
                let value = self.value(&operation.expr, depth);
                match operation.operator.value() {
                    UnaryOperator::Neg => value.number().map(|number| Value::Number(-number)),
                    UnaryOperator::Not => value.truth().map(|truth| Value::Bool(!truth)),
                }
                .unwrap_or_else(|| Value::unknown(expression))
            }
            Expression::BinaryOp(operation) => {
                let left = self.value(&operation.lhs_expr, depth);
                let right = || self.value(&operation.rhs_expr, depth);
                binary(*operation.operator.value(), &left, right)
                    .unwrap_or_else(|| Value::unknown(expression))
            }
            Expression::ForExpr(each) => self
                .each(each, depth)
                .unwrap_or_else(|| Value::unknown(expression)),
        }
    }

    fn heredoc(&self, template: &Template, whole: &Expression, depth: usize) -> Value {
        self.template(template.iter(), whole, depth)
    }

    fn template<'t>(
        &self,
        elements: impl Iterator<Item = &'t Element>,
        whole: &Expression,
        depth: usize,
    ) -> Value {
        let mut text = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => text.push_str(literal.value()),
                Element::Interpolation(interpolation) => {
                    match self.value(&interpolation.expr, depth).text() {
                        Some(part) => text.push_str(&part),
                        None => return Value::unknown(whole),
                    }
                }
                Element::Directive(_) => return Value::unknown(whole),
            }
        }
        Value::Text(text)
    }

    fn call(&self, call: &FuncCall, whole: &Expression, depth: usize) -> Value {
        let name = call.name.name.as_str();
        if !call.name.namespace.is_empty() {
            return Value::unknown(whole);
        }
        let mut arguments: Vec<Value> =
            call.args.iter().map(|one| self.value(one, depth)).collect();
        if name == "try" || name == "can" {
            let known = arguments
                .iter()
                .find(|one| !matches!(one, Value::Unknown(_)));
            return known
                .filter(|_| name == "try")
                .cloned()
                .unwrap_or_else(|| Value::unknown(whole));
        }
        if call.args.expand_final() {
            match arguments.pop() {
                Some(Value::List(items)) => arguments.extend(items),
                _ => return Value::unknown(whole),
            }
        }
        function::call(name, &arguments).unwrap_or_else(|| Value::unknown(whole))
    }

    fn traversal(&self, traversal: &Traversal, whole: &Expression, depth: usize) -> Value {
        let unknown = || Value::unknown(whole);
        // Names are looked into where they stand: `var` may be large.
        let named = match &traversal.expr {
            Expression::Variable(name) => self.get(name.as_str()),
            _ => None,
        };
        let mut value = named.map_or_else(
            || Cow::Owned(self.value(&traversal.expr, depth)),
            Cow::Borrowed,
        );
        let mut operators = traversal.operators.iter();
        while let Some(operator) = operators.next() {
            let key = match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
                TraversalOperator::Index(index) => self.value(index, depth).text(),
                TraversalOperator::LegacyIndex(index) => Some(index.value().to_string()),
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return match splat(&value, operators.map(|one| one.value())) {
                        Some(value) => value,
                        None => unknown(),
                    };
                }
            };
            let Some(key) = key else {
                return unknown();
            };
            let found = match &value {
                Cow::Borrowed(value) => value.at(&key).map(Cow::Borrowed),
                Cow::Owned(value) => value.at(&key).cloned().map(Cow::Owned),
            };
            match found {
                None => return unknown(),
                Some(found) if matches!(*found, Value::Unknown(_)) => return unknown(),
                Some(found) => value = found,
            }
        }
        value.into_owned()
    }

    fn each(&self, each: &ForExpr, depth: usize) -> Option<Value> {
        let collection = self.value(&each.intro.collection_expr, depth);
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        let mut inner = self.clone();
        for (key, value) in collection.items()? {
            if let Some(name) = &each.intro.key_var {
                inner.set(name.as_str(), key);
            }
            inner.set(each.intro.value_var.as_str(), value);
            if let Some(condition) = &each.cond
                && !inner.value(&condition.expr, depth).truth()?
            {
                continue;
            }
            let value = inner.value(&each.value_expr, depth);
            match &each.key_expr {
                None => list.push(value),
                Some(key) => {
                    let key = inner.value(key, depth).text()?;
                    if each.grouping {
                        let group = map.entry(key).or_insert_with(|| Value::List(Vec::new()));
                        if let Value::List(items) = group {
                            items.push(value);
                        }
                    } else {
                        map.insert(key, value);
                    }
                }
            }
        }
        Some(if each.key_expr.is_some() {
            Value::Map(map)
        } else {
            Value::List(list)
        })
    }
}

/// `list[*].name`: the same attribute of every item.
fn splat<'t>(value: &Value, rest: impl Iterator<Item = &'t TraversalOperator>) -> Option<Value> {
    let items = match value {
        Value::List(items) => items.clone(),
        Value::Null => Vec::new(),
        Value::Unknown(_) => return None,
        one => vec![one.clone()],
    };
    let names: Vec<String> = rest
        .map(|operator| match operator {
            TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let one = |item: &Value| {
        names
            .iter()
            .try_fold(item.clone(), |value, name| value.at(name).cloned())
    };
    items
        .iter()
        .map(one)
        .collect::<Option<Vec<_>>>()
        .map(Value::List)
}

/// A binary operation; the right side of `&&` and `||` is not looked at where the left one decides.
fn binary(operator: BinaryOperator, left: &Value, right: impl Fn() -> Value) -> Option<Value> {
    let both = |with: &dyn Fn(f64, f64) -> Value| Some(with(left.number()?, right().number()?));
    match operator {
        BinaryOperator::And => match left.truth()? {
            false => Some(Value::Bool(false)),
            true => right().truth().map(Value::Bool),
        },
        BinaryOperator::Or => match left.truth()? {
            true => Some(Value::Bool(true)),
            false => right().truth().map(Value::Bool),
        },
        BinaryOperator::Eq | BinaryOperator::NotEq => {
            let right = right();
            let is_known = left.is_known() && right.is_known();
            let is_equal = *left == right;
            is_known.then_some(Value::Bool(is_equal == (operator == BinaryOperator::Eq)))
        }
        BinaryOperator::Less => both(&|a, b| Value::Bool(a < b)),
        BinaryOperator::LessEq => both(&|a, b| Value::Bool(a <= b)),
        BinaryOperator::Greater => both(&|a, b| Value::Bool(a > b)),
        BinaryOperator::GreaterEq => both(&|a, b| Value::Bool(a >= b)),
        BinaryOperator::Plus => both(&|a, b| Value::Number(a + b)),
        BinaryOperator::Minus => both(&|a, b| Value::Number(a - b)),
        BinaryOperator::Mul => both(&|a, b| Value::Number(a * b)),
        BinaryOperator::Div => both(&|a, b| Value::Number(a / b)),
        BinaryOperator::Mod => both(&|a, b| Value::Number(a % b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(expression: &str) -> String {
        let mut scope = Scope::default();
        let body = hcl_edit::parser::parse_body(
            "nodes = { a = { replicas = 2, on = true }, b = { replicas = 0, on = false } }\nlist = [\"x\", \"y\"]\n",
        )
        .expect("it is HCL");
        for attribute in body.attributes() {
            let value = scope.evaluate(&attribute.value);
            scope.set_in("var", attribute.key.as_str(), value);
        }
        let body = hcl_edit::parser::parse_body(&format!("x = {expression}\n")).expect("it is HCL");
        let attribute = body.attributes().next().expect("it has one");
        scope.evaluate(&attribute.value).to_string()
    }

    #[test]
    fn what_the_files_tell_is_told() {
        for (expression, expected) in [
            ("1 + 2 * 3", "7"),
            ("\"a-${1 + 1}\"", "\"a-2\""),
            (
                "{ for k, v in var.nodes : k => v.replicas if v.on }",
                "{ a = 2 }",
            ),
            (
                "[for k, v in var.nodes : \"${k}${v.replicas}\"]",
                "[\"a2\", \"b0\"]",
            ),
            (
                "{ for v in var.list : \"all\" => v... }",
                "{ all = [\"x\", \"y\"] }",
            ),
            ("var.nodes[\"a\"].on ? 1 : 2", "1"),
            ("merge({ a = 1 }, { b = 2 })", "{ a = 1, b = 2 }"),
            ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
            (
                "setproduct(var.list, [1, 2])",
                "[[\"x\", 1], [\"x\", 2], [\"y\", 1], [\"y\", 2]]",
            ),
            ("flatten([[1], [[2], 3]])", "[1, 2, 3]"),
            ("values(var.nodes)[*].replicas", "[2, 0]"),
            ("contains(keys(var.nodes), \"a\")", "true"),
            ("try(var.nodes.c.replicas, 9)", "9"),
            ("length(var.list) > 1 && !var.nodes.b.on", "true"),
            ("merge([{ a = 1 }, { b = 2 }]...)", "{ a = 1, b = 2 }"),
            ("format(\"%s-%02d\", \"s\", 3)", "\"s-03\""),
            ("lookup({ a = 1 }, \"b\", 5)", "5"),
        ] {
            assert_eq!(evaluated(expression), expected, "{expression}");
        }
    }

    #[test]
    fn what_only_an_apply_tells_is_unknown_and_nothing_is_guessed() {
        for expression in [
            "aws_vpc.main.id",
            "\"${aws_vpc.main.id}-x\"",
            "aws_vpc.main.id == \"x\" ? 1 : 1",
            "var.missing",
            "{ for k in aws_subnet.main : k => 1 }",
            "sha256(\"x\")",
            "1 + null",
        ] {
            assert_eq!(evaluated(expression), "(known after apply)", "{expression}");
        }
        let nested = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        assert!(evaluated(&nested).starts_with("[[["));
    }
}
