//! What templates see: any `Serialize` context as values of the template engine.
//!
//! Maps become [`Node`]s, which remember what was looked up in vain, so that an error can name the nearest field.
//! Quantities of the ledger become [`QuantityValue`]s, which print their value, carry their name to the output, and hold their
//! reason. Both are shared by reference count: a context is built once and given to many templates.

use std::{cell::RefCell, fmt, sync::Arc};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use serde::{Serialize, Serializer, ser};

use super::number;

/// A map of a context, in the order of its fields.
pub(super) struct Node {
    entries: Vec<(Arc<str>, Value)>,
}

thread_local! {
    /// The last field that was looked up in vain on this thread: its name and the node without it.
    static MISSED: RefCell<Option<(String, Arc<Node>)>> = const { RefCell::new(None) };
}

/// The field last looked up in vain, and the names of the fields beside it.
pub(super) fn missed() -> Option<(String, Vec<String>)> {
    let (key, node) = MISSED.take()?;
    Some((
        key,
        node.entries
            .iter()
            .map(|(name, _)| name.to_string())
            .collect(),
    ))
}

/// Begins anew: nothing was looked up in vain.
pub(super) fn forget_missed() {
    MISSED.set(None);
}

impl Node {
    /// A map of these entries.
    pub(super) fn value(entries: Vec<(Arc<str>, Value)>) -> Value {
        Value::from_object(Self { entries })
    }

    fn find(&self, key: &str) -> Option<Value> {
        self.entries
            .iter()
            .find(|(name, _)| **name == *key)
            .map(|(_, value)| value.clone())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_map()
            .entries(self.entries.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let found = self.find(key);
        if found.is_none() {
            MISSED.set(Some((key.to_owned(), Arc::clone(self))));
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.entries
                .iter()
                .map(|(key, _)| Value::from(Arc::clone(key)))
                .collect(),
        )
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A quantity of an environment's ledger, as a template has it.
pub(super) struct QuantityValue {
    /// Environment whose ledger holds it.
    pub(super) environment: Arc<str>,
    /// Name in the ledger.
    pub(super) name: String,
    /// Number, text or flag.
    pub(super) value: Value,
    unit: String,
    why: String,
    shown: String,
}

impl QuantityValue {
    /// The quantity, printing this text of it.
    pub(super) fn as_text(&self, text: &str) -> Self {
        Self {
            environment: Arc::clone(&self.environment),
            name: self.name.clone(),
            value: Value::from(text),
            unit: String::new(),
            why: self.why.clone(),
            shown: self.shown.clone(),
        }
    }
}

impl fmt::Debug for QuantityValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", number::print(&self.value))
    }
}

impl Object for QuantityValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "value" => Some(self.value.clone()),
            // Still the quantity: what prints them is traced to its derivation.
            "why" => Some(Value::from_object(self.as_text(&self.why))),
            "shown" => Some(Value::from_object(self.as_text(&self.shown))),
            "unit" => Some(Value::from(self.unit.as_str())),
            "quantity" => Some(Value::from(self.name.as_str())),
            _ => None,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.value.is_true()
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&number::print(&self.value))
    }
}

/// A context as a value; quantities in it belong to `environment`.
pub(super) fn value(context: &impl Serialize, environment: &Arc<str>) -> Value {
    match context.serialize(ToValue { environment }) {
        Ok(value) => value,
        Err(error) => panic!("bug: a context cannot be read: {error}"),
    }
}

/// Why a context has no value: only what serde itself may say.
#[derive(Debug)]
pub(super) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

impl ser::Error for Unreadable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[derive(Clone, Copy)]
struct ToValue<'e> {
    environment: &'e Arc<str>,
}

type Made<T = Value> = Result<T, Unreadable>;

macro_rules! scalars {
    ($($method:ident: $type:ty,)+) => {
        $(fn $method(self, value: $type) -> Made {
            Ok(Value::from(value))
        })+
    };
}

impl<'e> Serializer for ToValue<'e> {
    type Ok = Value;
    type Error = Unreadable;
    type SerializeSeq = Items<'e>;
    type SerializeTuple = Items<'e>;
    type SerializeTupleStruct = Items<'e>;
    type SerializeTupleVariant = Items<'e>;
    type SerializeMap = Entries<'e>;
    type SerializeStruct = Entries<'e>;
    type SerializeStructVariant = Entries<'e>;

    scalars! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_str: &str,
    }

    fn serialize_f32(self, value: f32) -> Made {
        Ok(number::value(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Made {
        Ok(number::value(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Made {
        Ok(Value::from_bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Made {
        Ok(Value::from(()))
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made {
        Ok(Value::from(()))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Made {
        Ok(Value::from(()))
    }

    fn serialize_unit_variant(self, _name: &'static str, _idx: u32, variant: &'static str) -> Made {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Made {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _name: &'static str,
        _idx: u32,
        variant: &'static str,
        value: &T,
    ) -> Made {
        Ok(Node::value(vec![(variant.into(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Made<Items<'e>> {
        Ok(Items {
            to: self,
            items: Vec::with_capacity(length.unwrap_or(0)),
            variant: None,
        })
    }

    fn serialize_tuple(self, length: usize) -> Made<Items<'e>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Made<Items<'e>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _idx: u32,
        variant: &'static str,
        length: usize,
    ) -> Made<Items<'e>> {
        Ok(Items {
            to: self,
            items: Vec::with_capacity(length),
            variant: Some(variant),
        })
    }

    fn serialize_map(self, length: Option<usize>) -> Made<Entries<'e>> {
        Ok(Entries::new(self, length.unwrap_or(0)))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Made<Entries<'e>> {
        let mut entries = Entries::new(self, length);
        entries.quantity = name == "Quantity";
        Ok(entries)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _idx: u32,
        variant: &'static str,
        length: usize,
    ) -> Made<Entries<'e>> {
        let mut entries = Entries::new(self, length);
        entries.variant = Some(variant);
        Ok(entries)
    }
}

/// A list on its way.
struct Items<'e> {
    to: ToValue<'e>,
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl Items<'_> {
    fn push<T: ?Sized + Serialize>(&mut self, value: &T) -> Made<()> {
        self.items.push(value.serialize(self.to)?);
        Ok(())
    }

    fn finish(self) -> Value {
        let items = Value::from(self.items);
        match self.variant {
            None => items,
            Some(variant) => Node::value(vec![(variant.into(), items)]),
        }
    }
}

macro_rules! items {
    ($($trait:ident: $method:ident,)+) => {
        $(impl ser::$trait for Items<'_> {
            type Ok = Value;
            type Error = Unreadable;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Made<()> {
                self.push(value)
            }

            fn end(self) -> Made {
                Ok(self.finish())
            }
        })+
    };
}

items! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

/// A map or struct on its way.
struct Entries<'e> {
    to: ToValue<'e>,
    entries: Vec<(Arc<str>, Value)>,
    key: Option<Arc<str>>,
    quantity: bool,
    variant: Option<&'static str>,
}

impl<'e> Entries<'e> {
    fn new(to: ToValue<'e>, length: usize) -> Self {
        Self {
            to,
            entries: Vec::with_capacity(length),
            key: None,
            quantity: false,
            variant: None,
        }
    }

    fn push<T: ?Sized + Serialize>(&mut self, key: &str, value: &T) -> Made<()> {
        self.entries.push((key.into(), value.serialize(self.to)?));
        Ok(())
    }

    fn finish(self) -> Made {
        if self.quantity {
            return self.finish_quantity();
        }
        let node = Node::value(self.entries);
        Ok(match self.variant {
            None => node,
            Some(variant) => Node::value(vec![(variant.into(), node)]),
        })
    }

    fn finish_quantity(self) -> Made {
        let mut quantity = QuantityValue {
            environment: Arc::clone(self.to.environment),
            name: String::new(),
            value: Value::UNDEFINED,
            unit: String::new(),
            why: String::new(),
            shown: String::new(),
        };
        for (key, value) in self.entries {
            let text = || value.as_str().unwrap_or_default().to_owned();
            match &*key {
                "quantity" => quantity.name = text(),
                "unit" => quantity.unit = text(),
                "why" => quantity.why = text(),
                "shown" => quantity.shown = text(),
                "value" => quantity.value = value,
                other => {
                    return Err(ser::Error::custom(format!(
                        "a quantity has no field `{other}`"
                    )));
                }
            }
        }
        Ok(Value::from_object(quantity))
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = Unreadable;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Made<()> {
        self.key = Some(key.serialize(self.to)?.to_string().into());
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Made<()> {
        let key = self
            .key
            .take()
            .ok_or_else(|| ser::Error::custom("a value comes before its key"))?;
        self.entries.push((key, value.serialize(self.to)?));
        Ok(())
    }

    fn end(self) -> Made {
        self.finish()
    }
}

macro_rules! fields {
    ($($trait:ident,)+) => {
        $(impl ser::$trait for Entries<'_> {
            type Ok = Value;
            type Error = Unreadable;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Made<()> {
                self.push(key, value)
            }

            fn end(self) -> Made {
                self.finish()
            }
        })+
    };
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
