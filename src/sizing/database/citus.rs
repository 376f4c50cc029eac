//! Citus: a coordinator before the nodes, which finds them by metadata of its own (capacity model, section 3.4).
//!
//! Comes in: the load of the keyspace. Goes out: the quantities `database.<keyspace>.nodes.coordinator.…`, among them over how
//! many shards tables are distributed. Promises: the number of distributed shards stays what it was when the tables were
//! distributed, and a coordinator that exists never gets a smaller class.

use super::{KeyspaceLoad, own};
use crate::{
    catalog::DatabaseShape,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, pow2},
};

/// The choice of `platform.router` that is this.
pub const CITUS: &str = "citus";

/// Id of the node that statements go to.
pub const COORDINATOR: &str = "coordinator";

/// Citus has packages for this kind of processor.
pub(super) const ARCH: &str = "amd64";

/// GiB of a coordinator's memory at least: sessions, plans, and tables that are not distributed (C).
const LEAST_RAM_GIB: f64 = 12.0;

/// GiB of its disk at least: metadata, tables that are not distributed, its log (C).
const DISK_GIB: f64 = 100.0;

/// Whether the tables are distributed by Citus.
pub(crate) fn is_citus(ctx: &Context<'_>) -> bool {
    ctx.choice
        .get("router")
        .is_some_and(|choice| choice == CITUS)
}

/// The cheapest machine that plans all statements, and never a smaller one than before.
fn class<'s>(
    ctx: &Context<'_>,
    vcpu: f64,
    name: &str,
    shapes: &'s [DatabaseShape],
) -> Option<&'s DatabaseShape> {
    let fits = |shape: &&DatabaseShape| {
        shape.vcpu >= vcpu
            && shape.ram_gib >= LEAST_RAM_GIB
            && (!shape.burstable || ctx.class == Class::Development)
    };
    let usd = |shape: &DatabaseShape| shape.usd_hour.unwrap_or(f64::INFINITY);
    let found = shapes
        .iter()
        .filter(fits)
        .min_by(|a, b| usd(a).total_cmp(&usd(b)).then(a.class.cmp(&b.class)))?;
    let committed = ctx.committed_text(name);
    let before = shapes
        .iter()
        .find(|shape| Some(&shape.class) == committed.as_ref());
    Some(
        before
            .filter(|before| before.vcpu > found.vcpu)
            .unwrap_or(found),
    )
}

/// Sizes the coordinator, and says over how many parts tables are distributed.
pub(super) fn coordinator(ctx: &mut Context<'_>, load: &KeyspaceLoad, shapes: &[DatabaseShape]) {
    if !is_citus(ctx) || !own::is_self_run(ctx) {
        return;
    }
    let prefix = format!("database.{}", load.name);
    distributed_shards(ctx, &prefix);
    let name = |item: &str| format!("{prefix}.nodes.{COORDINATOR}.{item}");
    let target = ctx.constant("db.target_utilization");
    let statements = load.reads + load.writes;
    let each = ctx.constant("db.citus_statements_per_vcpu");
    let vcpu = statements / each / target;
    let Some(shape) = class(ctx, vcpu, &name("class"), shapes).cloned() else {
        return;
    };
    ctx.ledger
        .add(name("class"), shape.class.clone(), Unit::Name)
        .why(format!(
            "{} statements a second at {} a vCPU and {} %, and {} GiB of memory: the cheapest that has both",
            show(statements),
            show(each),
            show(100.0 * target),
            show(LEAST_RAM_GIB)
        ))
        .by(
            "statements ÷ (statements of a vCPU × utilisation); never smaller than before",
            "3.4",
            &[
                &format!("{prefix}.reads"),
                &format!("{prefix}.writes"),
                "db.citus_statements_per_vcpu",
                "db.target_utilization",
            ],
        )
        .graded(Grade::C);
    ctx.policy(
        &name("disk_gib"),
        DISK_GIB,
        Unit::Gib,
        "metadata, tables that are not distributed, and its log",
    );
    let by = own::granted_by(ctx);
    ctx.ledger
        .add(name("max_connections"), shape.max_connections, Unit::Count)
        .why(format!("{by} for its memory"))
        .by("by memory of the class", "3.2", &[&name("class")]);
    own::node(ctx, &prefix, COORDINATOR);
}

fn distributed_shards(ctx: &mut Context<'_>, prefix: &str) {
    let least = ctx.constant("db.citus_shards_low");
    let name = format!("{prefix}.nodes.{COORDINATOR}.distributed_shards");
    let each = ctx.constant("db.citus_shards_per_node");
    let wanted = pow2(ctx.ledger.number(&format!("{prefix}.shards")) * each).max(least);
    let committed = ctx.committed_number(&name);
    let why = match committed {
        Some(_) => "as tables were distributed: nodes come and go, this number stays".to_owned(),
        None => format!(
            "{} on each node, at least {}: as many nodes again can take their part",
            show(each),
            show(least)
        ),
    };
    ctx.ledger
        .add(name, committed.unwrap_or(wanted), Unit::Count)
        .why(why)
        .by(
            "shards of a node × nodes, a power of two, not under the least; fixed at first",
            "3.4",
            &[
                &format!("{prefix}.shards"),
                "db.citus_shards_per_node",
                "db.citus_shards_low",
            ],
        );
}
