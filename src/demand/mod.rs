//! What users do to the system: arrival rates by the hour of the week, now and at the horizon.
//!
//! Comes in: one environment of a blueprint. Goes out: [`Demand`], and in the ledger every step of it. Rates called
//! *edge* are requests that reach the CDN; all others are *dynamic*: what the CDN cannot answer and services must.
//! Promises: monotone in users, requests and growth; homogeneous of degree one in them.

mod claims;
pub mod traffic;

pub use claims::contradictions;

use crate::{
    blueprint::{Spec, Surge},
    constants::Constants,
    ledger::{Ledger, Origin, Unit, show},
    units::Ratio,
};
use traffic::Week;

/// The load on one environment. Rates are per second.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Multipliers of the mean for each hour of the week, without a surge; their mean is 1.
    pub week: Week,
    /// Mean dynamic rate at the horizon.
    pub mean: f64,
    /// Dynamic rate of the busiest hour at the horizon, without a surge.
    pub peak: f64,
    /// Dynamic rate of the busiest minute at the horizon, without a surge.
    pub design: f64,
    /// How far a surge goes over the peak; 1 without one.
    pub surge_factor: f64,
    /// Hours of the week in which a surge comes, from Monday 00:00.
    pub surge_hours: Vec<usize>,
    /// Seconds in which the surge builds up, where it is not announced.
    pub ramp_s: Option<f64>,
    /// How many times larger users and rates are at the horizon.
    pub growth: f64,
    /// Share of reads among dynamic requests, where the blueprint states it.
    pub read_share: Option<f64>,
    /// Share of edge requests that the CDN may answer.
    pub static_share: f64,
}

impl Demand {
    /// Dynamic rate of the busiest minute of the surge; the design rate without one.
    pub fn surge(&self) -> f64 {
        self.design * self.surge_factor
    }
}

/// Reads an input of the blueprint into the ledger.
pub(crate) struct Inputs<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) constants: &'a Constants,
    pub(crate) ledger: &'a mut Ledger,
}

impl Inputs<'_> {
    /// A stated value, recorded with its place.
    pub(crate) fn stated(&mut self, path: &str, value: f64, unit: Unit) -> f64 {
        let place = place(self.spec, path);
        self.ledger
            .fact(path, value, unit, Origin::Stated(place), None)
    }

    /// A stated value, or a default that the report lists as assumed.
    pub(crate) fn or_default(
        &mut self,
        path: &str,
        value: Option<f64>,
        unit: Unit,
        default: f64,
        source: &str,
    ) -> f64 {
        match value {
            Some(value) => self.stated(path, value, unit),
            None => self.ledger.fact(
                path,
                default,
                unit,
                Origin::Assumed(source.to_owned()),
                Some(crate::ledger::Grade::C),
            ),
        }
    }

    /// A constant of the model.
    pub(crate) fn constant(&mut self, id: &str) -> f64 {
        self.constants.record(id, self.ledger)
    }
}

/// Where a value of the blueprint is stated: `loadpath.yaml:7`. Names in the ledger carry their unit (`objectives.rto_h`), keys
/// of the blueprint do not.
pub(crate) fn place(spec: &Spec, path: &str) -> String {
    let units = ["_ms", "_min", "_bytes", "_h", "_s"];
    let bare = || units.iter().find_map(|unit| path.strip_suffix(unit));
    let position = spec
        .positions
        .get(path)
        .or_else(|| spec.positions.get(bare()?));
    position.map_or_else(
        || "the architecture's default".to_owned(),
        |position| format!("{}:{}", position.file, position.line),
    )
}

/// Derives the load of one environment from users and profile (capacity model, section 1).
///
/// `scale` is the environment's share of users; `home` is the continent of its main region (`north-america`).
pub fn derive(
    spec: &Spec,
    scale: Ratio,
    home: &str,
    constants: &Constants,
    ledger: &mut Ledger,
) -> Demand {
    let mut inputs = Inputs {
        spec,
        constants,
        ledger,
    };
    let scale = inputs.ledger.fact(
        "environment.scale",
        scale.get(),
        Unit::Ratio,
        Origin::Stated("environments".to_owned()),
        None,
    );
    let static_share = inputs.or_default(
        "traffic.static_share",
        spec.traffic.static_share.map(Ratio::get),
        Unit::Ratio,
        0.7,
        "default: 70 % of edge requests are static",
    );
    let (week, own_surge) = traffic::week(&mut inputs, home);
    let surge = surge(&mut inputs, own_surge);
    let base = Base::derive(&mut inputs, scale, static_share, &week, surge.0);
    let growth = growth(&mut inputs);
    let read_share = spec
        .traffic
        .read_share
        .map(|share| inputs.stated("traffic.read_share", share.get(), Unit::Ratio));
    let per_user = requests_per_daily_user(&mut inputs, 1.0 - static_share);
    finish(inputs.ledger, &base, growth, &week, surge, static_share);
    people(&mut inputs, per_user);
    let ledger = &*inputs.ledger;
    Demand {
        mean: ledger.number("demand.mean"),
        peak: ledger.number("demand.peak"),
        design: ledger.number("demand.design"),
        surge_factor: surge.0,
        surge_hours: traffic::surge_hours(&week, spec),
        ramp_s: surge.1,
        growth,
        read_share,
        static_share,
        week,
    }
}

/// Load today, before growth: mean, hour and minute, dynamic.
struct Base {
    mean: f64,
    peak: f64,
    design: f64,
    formula: String,
    inputs: Vec<&'static str>,
}

impl Base {
    /// Takes the first of rate, concurrency, requests a day, daily and monthly users (section 1.1).
    fn derive(
        inputs: &mut Inputs<'_>,
        scale: f64,
        static_share: f64,
        week: &Week,
        surge: f64,
    ) -> Self {
        let spec = inputs.spec;
        let dynamic = 1.0 - static_share;
        if let Some(rate) = spec.traffic.requests_per_second {
            let stated = inputs.stated("traffic.requests_per_second", rate.get(), Unit::PerSecond);
            let of = "the stated peak × scale × dynamic share";
            return Self::from_peak(
                stated * scale * dynamic,
                week,
                inputs,
                surge,
                of,
                &["traffic.requests_per_second"],
            );
        }
        if let Some(online) = spec.users.peak_concurrent {
            let online = inputs.stated("users.peak_concurrent", online.get(), Unit::Count) * scale;
            let per_interaction = inputs.constant("load.api_requests_per_interaction");
            let think = inputs.constant("load.think_time_s");
            let response = response_time(inputs);
            let of = "N · requests per interaction ÷ (R + Z), the interactive response time law";
            let names = [
                "users.peak_concurrent",
                "load.api_requests_per_interaction",
                "load.think_time_s",
            ];
            return Self::from_peak(
                online * per_interaction / (response + think),
                week,
                inputs,
                surge,
                of,
                &names,
            );
        }
        let per_user = requests_per_daily_user(inputs, dynamic);
        if let Some(requests) = spec.traffic.requests_per_day {
            let requests = inputs.stated("traffic.requests_per_day", requests.get(), Unit::PerDay)
                * scale
                * dynamic;
            return Self::from_mean(
                requests / 86_400.0,
                week,
                inputs,
                "requests a day × dynamic share ÷ 86 400",
                &["traffic.requests_per_day"],
            );
        }
        let daily = match (spec.users.daily_active, spec.users.monthly_active) {
            (Some(daily), _) => {
                inputs.stated("users.daily_active", daily.get(), Unit::Count) * scale
            }
            (None, Some(monthly)) => {
                let monthly =
                    inputs.stated("users.monthly_active", monthly.get(), Unit::Count) * scale;
                monthly * inputs.constant("load.dau_per_mau")
            }
            (None, None) => 0.0,
        };
        let names = [
            "users.monthly_active",
            "load.dau_per_mau",
            "demand.requests_per_user",
        ];
        Self::from_mean(
            daily * per_user / 86_400.0,
            week,
            inputs,
            "daily users × dynamic requests ÷ 86 400",
            &names,
        )
    }

    fn from_mean(
        mean: f64,
        week: &Week,
        inputs: &mut Inputs<'_>,
        formula: &str,
        names: &[&'static str],
    ) -> Self {
        let burst = inputs.constant("load.burst_factor");
        let peak = mean * week.peak_to_mean();
        Self {
            mean,
            peak,
            design: peak * burst,
            formula: formula.to_owned(),
            inputs: names.to_vec(),
        }
    }

    /// A stated peak is the design rate itself: burst is not applied again (section 1.4). For a profile that is made of
    /// its surge the stated peak is the surge's.
    fn from_peak(
        stated: f64,
        week: &Week,
        inputs: &Inputs<'_>,
        surge: f64,
        formula: &str,
        names: &[&'static str],
    ) -> Self {
        let peak = if traffic::surges_by_itself(inputs.spec) {
            stated / surge
        } else {
            stated
        };
        let mean = peak / week.peak_to_mean();
        Self {
            mean,
            peak,
            design: peak,
            formula: formula.to_owned(),
            inputs: names.to_vec(),
        }
    }
}

/// Dynamic requests a daily user makes: stated for the edge, or the model's 2 × 12 × 3 = 72.
fn requests_per_daily_user(inputs: &mut Inputs<'_>, dynamic: f64) -> f64 {
    let (value, formula, names): (f64, &str, &[&str]) =
        match inputs.spec.traffic.requests_per_daily_user {
            Some(edge) => {
                let edge =
                    inputs.stated("traffic.requests_per_daily_user", edge.get(), Unit::PerDay);
                let names = &["traffic.requests_per_daily_user", "traffic.static_share"];
                (edge * dynamic, "edge requests × (1 - static share)", names)
            }
            None => {
                let sessions = inputs.constant("load.sessions_per_dau");
                let interactions = inputs.constant("load.interactions_per_session");
                let requests = inputs.constant("load.api_requests_per_interaction");
                let names = &[
                    "load.sessions_per_dau",
                    "load.interactions_per_session",
                    "load.api_requests_per_interaction",
                ];
                (
                    sessions * interactions * requests,
                    "sessions × interactions × requests",
                    names,
                )
            }
        };
    if inputs.ledger.get("demand.requests_per_user").is_none() {
        inputs
            .ledger
            .add("demand.requests_per_user", value, Unit::PerDay)
            .by(formula, "1.1", names);
    }
    value
}

/// The response time that Little's law uses: the stated percentile stands in for the mean (section 1.5). Seconds.
fn response_time(inputs: &mut Inputs<'_>) -> f64 {
    let objectives = &inputs.spec.objectives;
    let stated = objectives
        .latency_p99
        .or(objectives.latency_p95)
        .map(|latency| latency.get() * 1000.0);
    let default = "default: 500 ms";
    inputs.or_default(
        "objectives.latency_p99_ms",
        stated,
        Unit::Millis,
        500.0,
        default,
    ) / 1000.0
}

/// Surge factor and ramp: the profile's own, or `traffic.surge`, whichever is more.
fn surge(inputs: &mut Inputs<'_>, own: Option<f64>) -> (f64, Option<f64>) {
    let stated = inputs.spec.traffic.surge.map(|Surge { factor, ramp }| {
        let factor = inputs.stated("traffic.surge.factor", factor.get(), Unit::Factor);
        (
            factor,
            ramp.map(|ramp| inputs.stated("traffic.surge.ramp_s", ramp.get(), Unit::Seconds)),
        )
    });
    let (factor, ramp) = match (stated, own) {
        (Some((factor, ramp)), own) => (factor.max(own.unwrap_or(1.0)), ramp),
        (None, Some(own)) => (own, None),
        (None, None) => return (1.0, None),
    };
    // Section 2.7: an unknown ramp is taken as ten minutes.
    (factor, Some(ramp.unwrap_or(600.0)))
}

/// Growth to the horizon, capped (section 1.3).
fn growth(inputs: &mut Inputs<'_>) -> f64 {
    let users = &inputs.spec.users;
    let default = inputs.constant("load.horizon_months");
    let stated = users.horizon.map(|horizon| horizon.get());
    let months = inputs.or_default(
        "users.horizon",
        stated,
        Unit::Months,
        default,
        "load.horizon_months",
    );
    let Some(rate) = users.growth else {
        inputs
            .ledger
            .add("demand.growth", 1.0, Unit::Factor)
            .by("none stated", "1.3", &[]);
        return 1.0;
    };
    let stated = inputs.stated("users.growth", rate.rate, Unit::Ratio);
    let period = inputs.stated("users.growth_period", rate.months, Unit::Months);
    let uncapped = (1.0 + stated).powf(months / period);
    let default = inputs.constant("load.growth_cap");
    let limit = users.growth_limit.map(|limit| limit.get());
    let cap = inputs.or_default(
        "users.growth_limit",
        limit,
        Unit::Factor,
        default,
        "load.growth_cap",
    );
    let quantity = inputs
        .ledger
        .add("demand.growth", uncapped.min(cap), Unit::Factor)
        .by(
            "min((1 + g)^(T ÷ period), limit)",
            "1.3",
            &[
                "users.growth",
                "users.growth_period",
                "users.horizon",
                "users.growth_limit",
            ],
        );
    if uncapped > cap {
        quantity.decided_by("users.growth_limit").why(format!(
            "× {} in {} months, stopped at × {}",
            show(uncapped),
            show(months),
            show(cap)
        ));
    } else {
        quantity.why(format!("× {} in {} months", show(uncapped), show(months)));
    }
    quantity.number()
}

/// People at the horizon: those that the rates imply, and those online at the peak and in the surge.
fn people(inputs: &mut Inputs<'_>, per_user: f64) {
    let mean = inputs.ledger.number("demand.mean");
    let daily = mean * 86_400.0 / per_user.max(1e-9);
    let share = inputs.constant("load.dau_per_mau");
    let stated = inputs.spec.users.monthly_active.map(|users| users.get());
    let (scale, growth) = (
        inputs.ledger.number("environment.scale"),
        inputs.ledger.number("demand.growth"),
    );
    let (monthly, why, names): (f64, String, &[&str]) = match stated {
        Some(users) => {
            let users = inputs.stated("users.monthly_active", users, Unit::Count);
            let names = &["users.monthly_active", "environment.scale", "demand.growth"];
            (
                users * scale * growth,
                format!(
                    "{} × scale {} × growth {}",
                    show(users),
                    show(scale),
                    show(growth)
                ),
                names,
            )
        }
        None => (
            daily / share,
            format!("{} daily users ÷ {share}", show(daily)),
            &["demand.mean", "load.dau_per_mau"],
        ),
    };
    inputs
        .ledger
        .add("demand.mau", monthly, Unit::Count)
        .why(why)
        .by("monthly users at the horizon", "1.1", names);
    let implied = if stated.is_some() {
        monthly * share
    } else {
        daily
    };
    inputs
        .ledger
        .add("demand.dau", implied, Unit::Count)
        .why(format!("{} monthly users × {share}", show(monthly)))
        .by(
            "daily users at the horizon",
            "1.1",
            &["demand.mau", "load.dau_per_mau"],
        );
    inputs
        .ledger
        .add("demand.requests_per_day", mean * 86_400.0, Unit::PerDay)
        .why(format!("{}/s × 86 400 s", show(mean)))
        .by("mean × a day", "1.1", &["demand.mean"]);
    let response = response_time(inputs);
    let think = inputs.constant("load.think_time_s");
    let per_interaction = inputs.constant("load.api_requests_per_interaction");
    let surge = inputs.ledger.number("demand.surge");
    let names = [
        "demand.surge",
        "objectives.latency_p99_ms",
        "load.think_time_s",
        "load.api_requests_per_interaction",
    ];
    inputs
        .ledger
        .add(
            "demand.users_online",
            surge * (response + think) / per_interaction,
            Unit::Count,
        )
        .why(format!(
            "{} requests/s × {} s between them ÷ {per_interaction} a view",
            show(surge),
            show(response + think)
        ))
        .by("X · (R + Z) ÷ requests per interaction", "1.5", &names);
    inputs
        .ledger
        .add("demand.in_flight", surge * response, Unit::Count)
        .why(format!(
            "Little: {} requests/s × {} s",
            show(surge),
            show(response)
        ))
        .by("λ · R", "1.5", &names[..2]);
}

/// Writes the chain of rates into the ledger.
fn finish(
    ledger: &mut Ledger,
    base: &Base,
    growth: f64,
    week: &Week,
    surge: (f64, Option<f64>),
    static_share: f64,
) {
    let (peak_to_mean, trough_to_mean) = (week.peak_to_mean(), week.trough_to_mean());
    ledger
        .add("demand.now", base.mean, Unit::PerSecond)
        .by(&base.formula, "1.1", &base.inputs);
    let mean = ledger
        .add("demand.mean", base.mean * growth, Unit::PerSecond)
        .why(format!("{}/s now × {}", show(base.mean), show(growth)))
        .by(
            "mean rate × growth",
            "1.3",
            &["demand.now", "demand.growth"],
        )
        .number();
    ledger
        .add("demand.peak_to_mean", peak_to_mean, Unit::Factor)
        .by("largest hour of the week ÷ mean", "1.2", &["traffic.shape"]);
    ledger
        .add("demand.peak", base.peak * growth, Unit::PerSecond)
        .why(format!("mean {}/s × {}", show(mean), show(peak_to_mean)))
        .by(
            "mean × peak to mean",
            "1.4",
            &["demand.mean", "demand.peak_to_mean"],
        );
    ledger
        .add("demand.trough", mean * trough_to_mean, Unit::PerSecond)
        .why(format!("mean {}/s × {}", show(mean), show(trough_to_mean)))
        .by(
            "mean × smallest hour of the week",
            "1.2",
            &["demand.mean", "traffic.shape"],
        );
    let design = ledger
        .add("demand.design", base.design * growth, Unit::PerSecond)
        .why("busiest minute of the busiest hour")
        .by(
            "peak × burst; a stated peak as it is",
            "1.4",
            &["demand.peak"],
        )
        .number();
    let (factor, ramp) = surge;
    ledger.add("demand.surge_factor", factor, Unit::Factor).by(
        "traffic.surge or the profile's own",
        "1.2",
        &[],
    );
    ledger
        .add("demand.ramp_s", ramp.unwrap_or(600.0), Unit::Seconds)
        .by("stated, else 10 min", "2.7", &[]);
    ledger
        .add("demand.surge", design * factor, Unit::PerSecond)
        .why(format!("{}/s × {}", show(design), show(factor)))
        .by(
            "design × surge factor",
            "1.2",
            &["demand.design", "demand.surge_factor"],
        );
    let edge = 1.0 / (1.0 - static_share).max(1e-9);
    for (name, dynamic) in [
        ("mean", "demand.mean"),
        ("peak", "demand.peak"),
        ("design", "demand.design"),
    ] {
        let rate = ledger.number(dynamic) * edge;
        ledger
            .add(format!("demand.edge.{name}"), rate, Unit::PerSecond)
            .why(format!(
                "{}/s dynamic ÷ {}",
                show(rate / edge),
                show(1.0 - static_share)
            ))
            .by(
                "dynamic ÷ (1 - static share)",
                "1.1",
                &[dynamic, "traffic.static_share"],
            );
    }
}
