//! The questions on a terminal.
//!
//! Comes in: answers that flags gave already. Goes out: complete answers, every one of them legal. An interrupted question
//! shows the cursor again and ends the run.

use std::fmt;

use anyhow::{Result, anyhow};
use console::{Style, Term};
use dialoguer::{Confirm, Input, Select, theme::Theme};

use super::answers::{self, Answers, Choice, CloudName, Dominant, Grows, Product, Shape, users};
use crate::{catalog::Catalog, cli::interrupt};

/// Column at which answers begin.
const ANSWERS: usize = 34;

/// Asks one after the other, all in one style.
pub(super) struct Asker<'a> {
    catalog: &'a Catalog,
    theme: Plain,
}

impl<'a> Asker<'a> {
    pub(super) fn new(catalog: &'a Catalog, colored: bool) -> Self {
        Self {
            catalog,
            theme: Plain::new(colored),
        }
    }

    /// Asks for everything that is not known yet. `folder` names the project where it has no name.
    pub(super) fn complete(&self, answers: &mut Answers, folder: Option<String>) -> Result<()> {
        self.choice("What are you building?", &mut answers.product, Product::Web)?;
        if answers.product.is_some_and(Product::has_jobs) {
            let job = ("How long does a job take?", Some("20 s"));
            self.text(job, &mut answers.job, answers::time)?;
        }
        if answers.product == Some(Product::Live) {
            let viewers = ("Viewers at once, at the peak", Some("50k"));
            self.text(viewers, &mut answers.viewers, answers::count)?;
        }
        let name = ("What is it called?", folder.as_deref());
        self.text(name, &mut answers.name, answers::name)?;
        let users = ("Active users a month, now", Some("20k"));
        self.text(users, &mut answers.users, answers::count)?;
        self.growth(answers, "10 %/month")?;
        self.choice("When are people there?", &mut answers.shape, Shape::Diurnal)?;
        let data = ("Data in the database today", Some("20 GiB"));
        self.text(data, &mut answers.data, answers::size)?;
        self.choice(
            "What dominates it?",
            &mut answers.dominated_by,
            Dominant::Users,
        )?;
        self.choice("Where?", &mut answers.cloud, CloudName::Gcp)?;
        self.region(answers, None)?;
        let asked = [&answers.latency, &answers.availability, &answers.budget];
        if asked.iter().all(|answer| answer.is_none())
            && !self.confirm("Objectives and a budget too?", false)?
        {
            return Ok(());
        }
        let latency = ("99 of 100 answers within", Some("300 ms"));
        self.text(latency, &mut answers.latency, answers::time)?;
        let availability = ("Works so much of the time", Some("99.9 %"));
        self.text(availability, &mut answers.availability, answers::share)?;
        let budget = ("Budget, or none", Some("none"));
        self.optional(budget, &mut answers.budget, answers::money)
    }

    /// Asks for what a blueprint says already; an answer that changes nothing stays unknown.
    pub(super) fn change(&self, now: &Answers, answers: &mut Answers) -> Result<()> {
        self.changed(
            "Active users a month, now",
            &now.users,
            &mut answers.users,
            answers::count,
        )?;
        if answers.growth.is_none() {
            let mut changed = answers.clone();
            changed.users = changed.users.or_else(|| now.users.clone());
            let stated = now.growth.as_deref().unwrap_or("none");
            self.growth(&mut changed, stated)?;
            answers.growth = changed.growth.filter(|growth| growth != stated);
        }
        if let (None, Some(shape)) = (answers.shape, now.shape) {
            self.choice("When are people there?", &mut answers.shape, shape)?;
            answers.shape = answers.shape.filter(|answer| *answer != shape);
        }
        self.changed(
            "Data in the database today",
            &now.data,
            &mut answers.data,
            answers::size,
        )?;
        self.changed(
            "99 of 100 answers within",
            &now.latency,
            &mut answers.latency,
            answers::time,
        )?;
        self.changed(
            "Works so much of the time",
            &now.availability,
            &mut answers.availability,
            answers::share,
        )?;
        self.changed("Budget", &now.budget, &mut answers.budget, answers::money)
    }

    fn growth(&self, answers: &mut Answers, default: &str) -> Result<()> {
        let now = answers.users.as_deref().map_or(0.0, users);
        let check = |text: &str| {
            Grows::read(text)?.check(now)?;
            Ok(text.to_owned())
        };
        self.text(("…and growth", Some(default)), &mut answers.growth, check)?;
        let text = answers.growth.as_deref().unwrap_or("none");
        let a_month = Grows::read(text).ok().and_then(|grows| grows.a_month(now));
        if let Some(percent) = a_month {
            self.say(&format!(
                "{:ANSWERS$}  ≈ {percent:.0} %/month, then steady",
                ""
            ))?;
        }
        Ok(())
    }

    fn region(&self, answers: &mut Answers, default: Option<&str>) -> Result<()> {
        let Some(cloud) = answers.cloud else {
            return Ok(());
        };
        let facts = self.catalog.cloud(super::cloud(cloud));
        let known = |text: &str| match facts.region(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(unknown) => Err(unknown.to_string()),
        };
        let default = default.unwrap_or_else(|| facts.default_region());
        self.text(
            ("…in which region?", Some(default)),
            &mut answers.region,
            known,
        )
    }

    /// Asks only where a blueprint states it, and keeps only what is new.
    fn changed(
        &self,
        question: &str,
        now: &Option<String>,
        answer: &mut Option<String>,
        check: impl Fn(&str) -> Result<String, String> + 'static,
    ) -> Result<()> {
        if answer.is_none() && now.is_some() {
            self.text((question, now.as_deref()), answer, check)?;
            *answer = answer.take().filter(|answer| Some(answer) != now.as_ref());
        }
        Ok(())
    }

    /// As [`Asker::text`]; `none` leaves the answer open.
    fn optional(
        &self,
        question: (&str, Option<&str>),
        answer: &mut Option<String>,
        check: impl Fn(&str) -> Result<String, String> + 'static,
    ) -> Result<()> {
        let or_none = move |text: &str| {
            if text == "none" {
                Ok(text.to_owned())
            } else {
                check(text)
            }
        };
        self.text(question, answer, or_none)?;
        *answer = answer.take().filter(|answer| answer != "none");
        Ok(())
    }

    fn text(
        &self,
        (question, default): (&str, Option<&str>),
        answer: &mut Option<String>,
        check: impl Fn(&str) -> Result<String, String>,
    ) -> Result<()> {
        if let Some(answer) = answer {
            return self.say(&self.theme.answered(question, answer));
        }
        let mut input = Input::<String>::with_theme(&self.theme).with_prompt(question);
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        let typed = input
            .validate_with(|text: &String| check(text.trim()).map(|_| ()))
            .interact_text()
            .map_err(stopped)?;
        *answer = Some(typed.trim().to_owned());
        Ok(())
    }

    fn choice<C: Choice>(&self, question: &str, answer: &mut Option<C>, default: C) -> Result<()> {
        if let Some(answer) = answer {
            return self.say(&self.theme.answered(question, answer.title()));
        }
        let all = C::value_variants();
        let titles: Vec<&str> = all.iter().map(|one| one.title()).collect();
        let at = all.iter().position(|one| *one == default).unwrap_or(0);
        let chosen = Select::with_theme(&self.theme)
            .with_prompt(question)
            .items(&titles)
            .default(at)
            .interact()
            .map_err(stopped)?;
        *answer = Some(all[chosen]);
        Ok(())
    }

    /// One of several names.
    pub(super) fn one_of(&self, question: &str, names: &[&str]) -> Result<usize> {
        Select::with_theme(&self.theme)
            .with_prompt(question)
            .items(names)
            .default(0)
            .interact()
            .map_err(stopped)
    }

    /// Yes or no.
    pub(super) fn confirm(&self, question: &str, default: bool) -> Result<bool> {
        Confirm::with_theme(&self.theme)
            .with_prompt(question)
            .default(default)
            // Who types `y` types Enter too, which must not answer the next question.
            .wait_for_newline(true)
            .interact()
            .map_err(stopped)
    }

    fn say(&self, line: &str) -> Result<()> {
        Term::stderr().write_line(line)?;
        Ok(())
    }
}

/// The end of a wizard that was not answered. A list hides the cursor while it is shown.
fn stopped(error: dialoguer::Error) -> anyhow::Error {
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted => {
            // The key was also sent as a signal.
            interrupt::wait_for_the_end();
            anyhow!("interrupted; nothing was written")
        }
        std::io::ErrorKind::UnexpectedEof => anyhow!("no answer; nothing was written"),
        _ => anyhow::Error::new(error).context("cannot ask"),
    }
}

/// Questions on the left, answers in a column, nothing else.
struct Plain {
    question: Style,
    answer: Style,
    faint: Style,
    wrong: Style,
}

impl Plain {
    fn new(colored: bool) -> Self {
        let style = || Style::new().for_stderr().force_styling(colored);
        Self {
            question: style().bold(),
            answer: style().cyan(),
            faint: style().dim(),
            wrong: style().red(),
        }
    }

    fn begin(&self, question: &str) -> String {
        let gap = " ".repeat(ANSWERS.saturating_sub(question.chars().count()));
        format!("{}{gap}› ", self.question.apply_to(question))
    }

    fn answered(&self, question: &str, answer: &str) -> String {
        format!("{}{}", self.begin(question), self.answer.apply_to(answer))
    }
}

impl Theme for Plain {
    fn format_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        write!(f, "{}", self.begin(prompt))
    }

    fn format_error(&self, f: &mut dyn fmt::Write, error: &str) -> fmt::Result {
        write!(f, "{}", self.wrong.apply_to(error))
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        default: Option<&str>,
    ) -> fmt::Result {
        f.write_str(&self.begin(prompt))?;
        match default {
            Some(default) => write!(f, "{} ", self.faint.apply_to(format!("({default})"))),
            None => Ok(()),
        }
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        answer: &str,
    ) -> fmt::Result {
        f.write_str(&self.answered(prompt, answer))
    }

    fn format_confirm_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        default: Option<bool>,
    ) -> fmt::Result {
        let letters = if default == Some(true) {
            "(Y/n)"
        } else {
            "(y/N)"
        };
        write!(f, "{}{} ", self.begin(prompt), self.faint.apply_to(letters))
    }

    fn format_confirm_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        answer: Option<bool>,
    ) -> fmt::Result {
        let answer = if answer == Some(true) { "yes" } else { "no" };
        f.write_str(&self.answered(prompt, answer))
    }

    fn format_select_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        let keys = self.faint.apply_to("(arrows, enter)");
        write!(f, "{}{keys}", self.begin(prompt))
    }

    fn format_select_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        answer: &str,
    ) -> fmt::Result {
        f.write_str(&self.answered(prompt, answer))
    }

    fn format_select_prompt_item(
        &self,
        f: &mut dyn fmt::Write,
        text: &str,
        active: bool,
    ) -> fmt::Result {
        if active {
            write!(f, "  {}", self.answer.apply_to(format!("❯ {text}")))
        } else {
            write!(f, "    {text}")
        }
    }
}
