//! Stated quantities that contradict one another (capacity model, sections 1.1 and 1.6).

use crate::{blueprint::Spec, constants::Constants, ledger::show};

/// Daily users that each stated quantity implies, compared with the one that sizing uses: a sentence for each that is
/// more than twice or less than half of it.
pub fn contradictions(spec: &Spec, constants: &Constants) -> Vec<(String, String)> {
    let implied = implied_daily_users(spec, constants);
    let Some((used, first)) = implied.first().cloned() else {
        return Vec::new();
    };
    let far = |value: f64| value > 2.0 * first || value < first / 2.0;
    implied
        .into_iter()
        .skip(1)
        .filter(|&(_, value)| far(value))
        .map(|(path, value)| {
            let text = format!(
                "{path} implies {} daily users, {used} implies {}: sizing uses {used}",
                show(value),
                show(first)
            );
            (path.to_owned(), text)
        })
        .collect()
}

fn implied_daily_users(spec: &Spec, constants: &Constants) -> Vec<(&'static str, f64)> {
    let value = |id: &str| constants.get(id).value;
    let static_share = spec.traffic.static_share.map_or(0.7, |share| share.get());
    let model = value("load.sessions_per_dau")
        * value("load.interactions_per_session")
        * value("load.api_requests_per_interaction");
    let edge_per_user = spec
        .traffic
        .requests_per_daily_user
        .map_or(model / (1.0 - static_share).max(1e-9), |n| n.get());
    let mut implied = Vec::new();
    if let Some(online) = spec.users.peak_concurrent {
        // Sessions spread over the day: users online at the mean hour × a day ÷ time in sessions.
        let session = value("load.interactions_per_session") * value("load.think_time_s");
        implied.push((
            "users.peak_concurrent",
            online.get() * 86_400.0 / (session * value("load.sessions_per_dau")) / 2.0,
        ));
    }
    if let Some(requests) = spec.traffic.requests_per_day {
        implied.push(("traffic.requests_per_day", requests.get() / edge_per_user));
    }
    if let Some(daily) = spec.users.daily_active {
        implied.push(("users.daily_active", daily.get()));
    }
    if let Some(monthly) = spec.users.monthly_active {
        implied.push((
            "users.monthly_active",
            monthly.get() * value("load.dau_per_mau"),
        ));
    }
    implied
}
