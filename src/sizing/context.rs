//! What the formulas of all tiers share: the request, the demand, and the ledger that they write to.

use std::collections::BTreeMap;

use super::{Class, Committed, Remark, database, meant};
use crate::{
    blueprint::{Engine, RunsOn, Service, ServiceKind, Shape, Spec},
    catalog::{CloudCatalog, DatabaseShape},
    component::Component,
    constants::Constants,
    demand::{self, Demand, Inputs},
    ledger::{Grade, Ledger, Origin, Unit},
};

/// What sizing functions share.
pub(crate) struct Context<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) class: Class,
    pub(crate) scale: f64,
    pub(crate) zones: usize,
    pub(crate) demand: &'a Demand,
    pub(crate) cloud: &'a CloudCatalog,
    pub(crate) constants: &'a Constants,
    pub(crate) region: String,
    pub(crate) choice: &'a BTreeMap<String, String>,
    pub(crate) components: &'a [Component],
    pub(crate) committed: &'a Committed,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) mistakes: Vec<Remark>,
}

impl Context<'_> {
    /// Whether the architecture has this component.
    pub(crate) fn has(&self, component: Component) -> bool {
        self.components.contains(&component)
    }

    /// Whether the cache is near every user instead of beside the services.
    pub(crate) fn caches_at_edge(&self) -> bool {
        let chosen = self.choice.get("edge_cache");
        self.has(Component::EdgeCache) && chosen.is_some_and(|choice| choice == "upstash")
    }

    /// Names of the workers that take jobs from a topic.
    pub(crate) fn consumers(&self) -> Vec<String> {
        let is_one =
            |service: &&Service| service.kind == ServiceKind::Worker && service.topic.is_some();
        let services = self.spec.services.iter().filter(is_one);
        services.map(|service| service.name.clone()).collect()
    }

    /// Services that run on this.
    pub(crate) fn services_on(&self, what: RunsOn) -> Vec<&Service> {
        self.spec
            .services
            .iter()
            .filter(|service| self.runs_on(service) == what)
            .collect()
    }

    /// What runs a service: as stated, or what the architecture has first.
    pub(crate) fn runs_on(&self, service: &Service) -> RunsOn {
        service
            .runs_on
            .unwrap_or_else(|| RunsOn::first(self.components))
    }

    fn inputs(&mut self) -> Inputs<'_> {
        Inputs {
            spec: self.spec,
            constants: self.constants,
            ledger: self.ledger,
        }
    }

    pub(crate) fn constant(&mut self, id: &str) -> f64 {
        self.constants.record(id, self.ledger)
    }

    pub(crate) fn stated(&mut self, path: &str, value: f64, unit: Unit) -> f64 {
        self.inputs().stated(path, value, unit)
    }

    pub(crate) fn or_default(
        &mut self,
        path: &str,
        value: Option<f64>,
        unit: Unit,
        default: f64,
        source: &str,
    ) -> f64 {
        self.inputs().or_default(path, value, unit, default, source)
    }

    /// An input of a service: recorded as `<service>.<item>`.
    pub(crate) fn service_input(
        &mut self,
        service: &str,
        item: &str,
        value: Option<f64>,
        unit: Unit,
        default: f64,
    ) -> f64 {
        let name = format!("{service}.{item}");
        let (value, origin, grade) = match value {
            Some(value) => (
                value,
                Origin::Stated(demand::place(self.spec, &format!("services.{name}"))),
                None,
            ),
            None => (
                default,
                Origin::Assumed("default of a service".to_owned()),
                Some(Grade::C),
            ),
        };
        self.ledger.fact(&name, value, unit, origin, grade)
    }

    /// A number that is chosen, not computed.
    pub(crate) fn policy(&mut self, name: &str, value: f64, unit: Unit, why: &str) {
        self.ledger
            .add(name, value, unit)
            .why(why)
            .by("policy", "8", &[])
            .graded(Grade::C);
    }

    /// A name that is chosen, not computed.
    pub(crate) fn policy_text(&mut self, name: &str, value: &str, why: &str) {
        self.ledger
            .add(name, value, Unit::Name)
            .why(why)
            .by("policy", "8", &[])
            .graded(Grade::C);
    }

    /// A fact of the catalog.
    pub(crate) fn catalog_fact(
        &mut self,
        name: &str,
        value: f64,
        unit: Unit,
        source: &str,
        grade: Grade,
    ) {
        self.ledger
            .add(name, value, unit)
            .from(Origin::Catalog(source.to_owned()))
            .graded(grade);
    }

    pub(crate) fn warn(&mut self, path: &str, text: String) {
        let remark = Remark {
            path: path.to_owned(),
            text,
        };
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// A pinned shape that does not exist here; `known` are those that do.
    pub(crate) fn unknown_shape<'k>(
        &mut self,
        quantity: &str,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) {
        let hint = meant(name, known);
        let text = format!("{} has no `{name}` for {quantity}{hint}", self.region);
        let path = format!("pins.{quantity}");
        self.mistakes.push(Remark { path, text });
    }

    /// Latency objective in milliseconds and its percentile.
    pub(crate) fn latency(&self) -> (f64, f64) {
        (
            self.ledger.number("slo.latency_ms"),
            self.ledger.number("slo.latency_percentile") / 100.0,
        )
    }

    /// Whether the remaining zones must carry all at once (section 2.2).
    pub(crate) fn absorbs_zone_loss(&self) -> bool {
        self.class == Class::Production
            && self.zones >= 3
            && self.ledger.number("objectives.availability") >= 0.999
    }

    /// A surge with a known start is scaled for by schedule and needs no warm floor (section 2.7).
    pub(crate) fn surge_is_announced(&self) -> bool {
        matches!(self.spec.traffic.shape, Some(Shape::LiveEvent))
            && self.spec.traffic.surge.is_none()
    }

    /// Jobs of all workers at the hourly peak.
    pub(crate) fn jobs_peak(&self) -> f64 {
        let rate = |service: &crate::blueprint::Service| {
            self.ledger.get(&format!("{}.jobs.peak", service.name))
        };
        self.spec
            .services
            .iter()
            .filter_map(rate)
            .map(crate::ledger::Quantity::number)
            .sum()
    }

    /// Database classes of the chosen service.
    pub(crate) fn database_shapes(&self) -> Vec<DatabaseShape> {
        self.database_shapes_in(&self.region)
    }

    /// Database classes of the chosen service in a region.
    pub(crate) fn database_shapes_in(&self, region: &str) -> Vec<DatabaseShape> {
        let choice = self.choice.get("database").map_or("", String::as_str);
        let mysql = self.spec.data.engine == Engine::Mysql;
        let known = self.cloud.database_shapes(choice, mysql, region);
        database::shapes(self, known)
    }

    pub(crate) fn committed_number(&self, name: &str) -> Option<f64> {
        self.committed.numbers.get(name).copied()
    }

    pub(crate) fn committed_text(&self, name: &str) -> Option<String> {
        self.committed.texts.get(name).cloned()
    }
}
