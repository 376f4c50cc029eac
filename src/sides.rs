//! One blueprint on two clouds: what each side carries.
//!
//! Comes in: a blueprint that names several clouds. Goes out: one blueprint for each cloud, a whole project of its own with
//! its share of the load, and who is steered where. Users are steered to the nearest side where the sides stand on different
//! continents, else dealt out evenly. Where the availability objective asks for more than one region of one cloud signs, each
//! side is sized for losing the others: that is a surge, which comes as fast as the edge notices.

use std::collections::BTreeMap;

use crate::{
    blueprint::{Blueprint, Choice, Cloud, Position, Problem, Spec, Surge},
    catalog::{Catalog, CloudCatalog},
    component::Component,
    constants::Constants,
    units::{Factor, Ratio, Seconds},
};

/// One cloud of a project that stands on several.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The cloud.
    pub cloud: Cloud,
    /// Its main region in the primary environment.
    pub region: String,
    /// Share of the load, above 0 and below 1.
    pub share: Ratio,
    /// Continents whose users come here first; empty where users are dealt out by share.
    pub continents: Vec<String>,
}

/// Where the people of a continent are, as degrees north and east: the middle of its largest cities (assumption, to a
/// thousand kilometres).
const PEOPLE: &[(&str, f64, f64)] = &[
    ("north-america", 39.0, -90.0),
    ("south-america", -15.0, -55.0),
    ("europe", 49.0, 9.0),
    ("africa", 5.0, 15.0),
    ("asia", 25.0, 100.0),
    ("oceania", -33.0, 149.0),
];

/// The sides of a project, in the order of the blueprint; none where it stands on one cloud.
///
/// Regions that the catalog does not know leave users dealt out evenly: planning refuses them.
pub fn divide(blueprint: &Blueprint, catalog: &Catalog) -> Vec<Side> {
    if blueprint.clouds.len() < 2 {
        return Vec::new();
    }
    let spec = &blueprint.primary().spec;
    let mut sides: Vec<Side> = blueprint
        .clouds
        .iter()
        .map(|&cloud| Side {
            cloud,
            region: region(spec, cloud, catalog.cloud(cloud)),
            share: even(blueprint.clouds.len()),
            continents: Vec::new(),
        })
        .collect();
    steer(&mut sides, spec, catalog);
    sides
}

/// The region of an environment on a cloud: as stated, or the cloud's default.
pub(crate) fn region(spec: &Spec, cloud: Cloud, facts: &CloudCatalog) -> String {
    let stated = spec.regions.get(&cloud).and_then(|regions| regions.first());
    stated.map_or_else(|| facts.default_region().to_owned(), Clone::clone)
}

#[expect(clippy::cast_precision_loss, reason = "clouds are few")]
fn even(n_sides: usize) -> Ratio {
    Ratio::new(1.0 / n_sides as f64)
}

/// Steers continents to the nearest side, where the sides are on different ones and each would have users.
fn steer(sides: &mut [Side], spec: &Spec, catalog: &Catalog) {
    let known: Vec<_> = sides
        .iter()
        .filter_map(|side| catalog.cloud(side.cloud).region(&side.region).ok())
        .collect();
    let is_apart = known
        .windows(2)
        .all(|pair| pair[0].continent != pair[1].continent);
    if known.len() < sides.len() || !is_apart || spec.users.locations.is_empty() {
        return;
    }
    let mut shares = vec![0.0; sides.len()];
    let mut continents: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &(continent, lat, lon) in PEOPLE {
        let nearest = (0..known.len())
            .min_by(|&a, &b| {
                let far = |idx: usize| angle((lat, lon), (known[idx].lat, known[idx].lon));
                far(a).total_cmp(&far(b))
            })
            .expect("there are two sides");
        shares[nearest] += spec
            .users
            .locations
            .get(continent)
            .map_or(0.0, |share| share.get());
        continents
            .entry(nearest)
            .or_default()
            .push(continent.to_owned());
    }
    if shares.iter().any(|&share| share <= 0.0) {
        return;
    }
    let all: f64 = shares.iter().sum();
    for (idx, side) in sides.iter_mut().enumerate() {
        side.share = Ratio::new(shares[idx] / all);
        side.continents = continents.remove(&idx).unwrap_or_default();
    }
}

/// Central angle between two points on the globe, in radians (haversine).
fn angle(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (lat, lon) = (one.0.to_radians(), one.1.to_radians());
    let (to_lat, to_lon) = (other.0.to_radians(), other.1.to_radians());
    let half = |x: f64| (x / 2.0).sin().powi(2);
    2.0 * (half(to_lat - lat) + lat.cos() * to_lat.cos() * half(to_lon - lon))
        .sqrt()
        .asin()
}

/// The blueprint of one side: a project on one cloud, whose zone and balancing belong to the whole.
pub fn blueprint(whole: &Blueprint, side: &Side, constants: &Constants) -> Blueprint {
    let mut own = whole.clone();
    own.clouds = vec![side.cloud];
    for environment in &mut own.environments {
        environment.share = side.share;
        let spec = &mut environment.spec;
        spec.domain = spec
            .domain
            .as_ref()
            .map(|domain| format!("{}.{domain}", side.cloud.name()));
        spec.existing
            .insert("dns_zone".to_owned(), "terraform/global".to_owned());
        let cloudflare = Choice::Everywhere("cloudflare".to_owned());
        spec.platform.insert("cdn".to_owned(), cloudflare);
        carry_the_others(spec, side.share, constants);
    }
    own
}

/// A side that must carry everything meets the others' load as a surge; one that is stated and larger is enough.
fn carry_the_others(spec: &mut Spec, share: Ratio, constants: &Constants) {
    let above = constants.get("sides.survive_availability").value;
    let asks = spec
        .objectives
        .availability
        .is_some_and(|objective| objective.get() > above);
    if !asks {
        return;
    }
    let all = 1.0 / share.get();
    if spec
        .traffic
        .surge
        .is_some_and(|surge| surge.factor.get() >= all)
    {
        return;
    }
    spec.traffic.surge = Some(Surge {
        factor: Factor::new(all),
        ramp: Some(Seconds::new(constants.get("sides.failover_s").value)),
    });
    let place: Option<Position> = spec.positions.get("objectives.availability").cloned();
    for key in ["traffic.surge.factor", "traffic.surge.ramp"] {
        if let Some(place) = &place {
            spec.positions.insert(key.to_owned(), place.clone());
        }
    }
}

/// What stands in the way of several clouds.
pub(crate) fn problems(
    whole: &Blueprint,
    components: &[Component],
    has_cloudflare: bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if whole.clouds.len() < 2 {
        return problems;
    }
    let spec = &whole.primary().spec;
    if !components.contains(&Component::Cdn) || !has_cloudflare {
        let text = format!(
            "{} has no Cloudflare in front, which two clouds are balanced by",
            whole.architecture
        );
        problems.push(Problem::at("cloud", text));
    }
    if spec.domain.is_none() {
        let text = "two clouds are balanced by the domain that users reach, and none is stated";
        problems.push(Problem::at("cloud", text).hint("domain: shop.example.com"));
    }
    let is_other = |cloud: &Cloud| {
        let chosen = spec
            .platform
            .get("cdn")
            .and_then(|choice| choice.on(*cloud));
        chosen.is_some_and(|word| word != "cloudflare")
    };
    if whole.clouds.iter().any(is_other) {
        let text = "what balances two clouds stands before both: wanted cloudflare";
        problems.push(Problem::at("platform.cdn", text));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::architecture;

    const BASE: &str = "version: 1\nname: shop\narchitecture: sharded-kubernetes\ncloud: [aws, gcp]\ndomain: shop.example.com\n\
                        users: { monthly_active: 1M";

    fn parse(text: &str) -> Blueprint {
        let architectures = architecture::all();
        let fragment = |id: &str| {
            let found = architectures.iter().find(|one| one.id == id);
            found.map(architecture::Architecture::fragment)
        };
        crate::blueprint::parse(text, "loadpath.yaml", &[], &fragment)
            .unwrap_or_else(|failure| panic!("{:?}", failure.problems))
            .0
    }

    fn sides(users: &str, rest: &str) -> Vec<(f64, Vec<String>)> {
        let blueprint = parse(&format!(
            "{BASE}{users} }}\ndata: {{ size: 20 GiB }}\n{rest}"
        ));
        divide(&blueprint, &Catalog::builtin())
            .into_iter()
            .map(|side| (side.share.get(), side.continents))
            .collect()
    }

    #[test]
    fn sides_of_one_continent_have_equal_parts() {
        let locations = ", locations: { north-america: 70 %, europe: 30 % }";
        let equal = vec![(0.5, Vec::new()), (0.5, Vec::new())];
        assert_eq!(sides(locations, ""), equal);
    }

    #[test]
    fn sides_of_two_continents_have_the_users_near_them() {
        let locations = ", locations: { north-america: 60 %, europe: 30 %, africa: 10 % }";
        let found = sides(locations, "region: { aws: us-east-1, gcp: europe-west4 }");
        assert!((found[0].0 - 0.6).abs() < 1e-9, "{found:?}");
        assert_eq!(found[1].1, ["europe", "africa", "asia"]);
        assert!(found[0].1.contains(&"south-america".to_owned()));
    }

    #[test]
    fn a_side_without_users_near_it_has_its_part_all_the_same() {
        let locations = ", locations: { north-america: 100 % }";
        let found = sides(locations, "region: { aws: us-east-1, gcp: europe-west4 }");
        assert_eq!(found[0], (0.5, Vec::new()));
    }

    #[test]
    fn a_side_that_must_survive_the_other_is_sized_for_all() {
        let catalog = Catalog::builtin();
        let own = |availability: &str| {
            let text = format!(
                "{BASE} }}\ndata: {{ size: 20 GiB }}\nobjectives: {{ availability: {availability} }}"
            );
            let whole = parse(&text);
            let sides = divide(&whole, &catalog);
            blueprint(&whole, &sides[0], catalog.constants())
                .primary()
                .spec
                .clone()
        };
        assert!(own("99.9 %").traffic.surge.is_none());
        let surge = own("99.99 %")
            .traffic
            .surge
            .expect("the other side's load is a surge");
        assert!((surge.factor.get() - 2.0).abs() < 1e-9);
        assert_eq!(
            own("99.9 %").domain.as_deref(),
            Some("aws.shop.example.com")
        );
    }
}
