//! A tree as the files that a person would write.

use std::fmt::Write as _;

use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{CatchUp, OnAgentLost, OnNoPeriod, When};
use daybreak_flows::period::Cycle;
use daybreak_flows::source::SourceTree;
use jiff::civil::Date;

use super::{Days, Exception, Job, Kind, Need, Start, Tree};

impl Tree {
    /// The files.
    #[must_use]
    pub fn to_source(&self) -> SourceTree {
        let mut source = SourceTree::default();
        source.files.insert("daybreak.yaml".to_owned(), self.root());
        source.files.insert("all.yaml".to_owned(), self.flow());
        source
    }

    fn root(&self) -> String {
        let dates = |dates: &[Date]| dates.iter().map(Date::to_string).collect::<Vec<_>>().join(", ");
        let mut text = format!("zone: {}\ncalendars:\n  work:\n    weekdays: mon-fri\n", self.zone);
        line(&mut text, 4, "holidays", &format!("[{}]", dates(&self.holidays)));
        line(&mut text, 4, "workdays", &format!("[{}]", dates(&self.workdays)));
        text.push_str("platforms:\n");
        for (name, limit) in &self.platforms {
            line(&mut text, 2, name, &limit.map_or("{}".to_owned(), |limit| format!("{{limit: {limit}}}")));
        }
        text.push_str("resources:\n");
        for (name, limit) in &self.resources {
            line(&mut text, 2, name, &limit.to_string());
        }
        text
    }

    fn flow(&self) -> String {
        let mut text = "flow: all\n".to_owned();
        for (section, interfaces) in [("jobs", false), ("feeds", true)] {
            let jobs: Vec<&Job> =
                self.jobs.iter().filter(|job| job.kind.is_interface() == interfaces).collect();
            if !jobs.is_empty() {
                let _ = writeln!(text, "{section}:");
            }
            for job in jobs {
                self.write_job(&mut text, job);
            }
        }
        text
    }

    fn write_job(&self, text: &mut String, job: &Job) {
        let _ = writeln!(text, "  {}:", job.name);
        let mut key = |name: &str, value: &str| line(text, 4, name, value);
        key("cycle", job.cycle.name());
        if let Some(was) = &job.was {
            key("was", was);
        }
        match job.kind {
            Kind::Milestone => key("noop", "true"),
            Kind::Task => key("shell", "\"true\""),
            Kind::Feed { .. } => {}
            Kind::Load { .. } => key("shell", "\"true\""),
        }
        if job.kind.has_files() {
            key("files", &format!("in/{}_{{{{ period }}}}.csv", job.name));
        }
        self.write_periods(text, job);
        self.write_run(text, job);
    }

    fn write_periods(&self, text: &mut String, job: &Job) {
        let mut key = |name: &str, value: &str| line(text, 4, name, value);
        if job.working_days {
            key("calendar", "work");
        }
        if let Some(from) = job.from {
            key("from", &from.to_string());
        }
        if let Some(until) = job.until {
            key("until", &until.to_string());
        }
        if !job.kind.is_interface() && job.start != Start::Event {
            key("start", &start(job.start));
        }
        if !job.needs.is_empty() {
            key("needs", &self.needs(&job.needs, job.cycle));
        }
        if !job.exceptions.is_empty() {
            text.push_str("    except:\n");
        }
        for exception in &job.exceptions {
            self.write_exception(text, exception, job.cycle);
        }
    }

    fn write_exception(&self, text: &mut String, exception: &Exception, cycle: Cycle) {
        let on = match exception.on {
            Days::MonthEnd => "month_end",
            Days::MonthStart => "month_start",
            Days::Workday => "workday",
        };
        let _ = writeln!(text, "      {on}:");
        if let Some(other) = exception.start {
            line(text, 8, "start", &start(other));
        }
        if !exception.needs.is_empty() {
            line(text, 8, "needs", &self.needs(&exception.needs, cycle));
        }
    }

    fn write_run(&self, text: &mut String, job: &Job) {
        let mut key = |name: &str, value: &str| line(text, 4, name, value);
        match job.when {
            When::AllSucceeded => {}
            When::AllDone => key("when", "all_done"),
            When::OneFailed => key("when", "one_failed"),
        }
        let (retries, every, growth) = job.retry;
        if retries > 0 {
            key("retry", &format!("{retries} every {every}s x{}.{:02}", growth / 100, growth % 100));
        }
        if let Some(platform) = job.platform {
            key("platform", self.platforms[platform].0);
        }
        if job.labelled {
            key("labels", "[big]");
        }
        if !job.uses.is_empty() {
            let uses: Vec<_> =
                job.uses.iter().map(|&(at, units)| format!("{}: {units}", self.resources[at].0)).collect();
            key("uses", &format!("{{{}}}", uses.join(", ")));
        }
        key("slots", &job.slots.to_string());
        key("priority", &job.priority.to_string());
        match job.on_agent_lost {
            OnAgentLost::Wait => {}
            OnAgentLost::Rerun => key("on_agent_lost", "rerun"),
        }
        match job.catch_up {
            CatchUp::All => {}
            CatchUp::Last => key("catch_up", "last"),
            CatchUp::None => key("catch_up", "none"),
        }
    }

    fn needs(&self, needs: &[Need], cycle: Cycle) -> String {
        let needs: Vec<_> = needs
            .iter()
            .filter_map(|need| {
                let predecessor = self.job(need.job)?;
                let text = format!("{}{}", predecessor.name, mapping(need.mapping, predecessor.cycle, cycle));
                Some(match need.on_no_period {
                    OnNoPeriod::Met => text,
                    OnNoPeriod::Wait => format!("{{job: {text}, on_no_period: wait}}"),
                    OnNoPeriod::Prev => format!("{{job: {text}, on_no_period: prev}}"),
                })
            })
            .collect();
        format!("[{}]", needs.join(", "))
    }
}

fn line(text: &mut String, indent: usize, key: &str, value: &str) {
    let _ = writeln!(text, "{:indent$}{key}: {value}", "");
}

fn start(start: Start) -> String {
    match start {
        Start::Event => "event".to_owned(),
        Start::Manual => "manual".to_owned(),
        Start::AfterEnd(minutes) => format!("+{minutes}m"),
        Start::At { periods, day: 1, time: (hour, minute) } => format!("T+{periods} {hour:02}:{minute:02}"),
        Start::At { periods, day, time: (hour, minute) } => {
            format!("T+{periods} day {day} {hour:02}:{minute:02}")
        }
    }
}

fn mapping(mapping: Mapping, predecessor: Cycle, successor: Cycle) -> String {
    match mapping {
        Mapping::Same => {
            assert_eq!(predecessor, successor, "a bare name is for equal cycles");
            String::new()
        }
        Mapping::Back { nearest: 1, farthest: 1 } => "@prev".to_owned(),
        Mapping::Back { nearest, farthest } if nearest == farthest => format!("@-{nearest}"),
        Mapping::Back { nearest: 0, farthest } => format!("@-{farthest}..0"),
        Mapping::Back { nearest, farthest } => format!("@-{farthest}..-{nearest}"),
        Mapping::Each => "@each".to_owned(),
        Mapping::Last => "@last".to_owned(),
        Mapping::Enclosing { back: 0 } => format!("@{predecessor}"),
        Mapping::Enclosing { back } => format!("@{predecessor}-{back}"),
    }
}
