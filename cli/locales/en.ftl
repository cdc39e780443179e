# Everything that the program says, in English. cli/src/messages.rs finds keys that are missing, unused, or that take
# other arguments in another language. The English of `--help` stands with the commands, see help.zh-CN.ftl.

## Small words

yes = yes
stale = stale: what it needs ran again
changed-after-use = another delivery was noticed after it had been sent
now = now
ago = { $span } ago
and-more = … and { $count } more
clause-separator = { ", " }
confirm = Go on?
clock-confirm = The clock stepped { $by } ahead. Once it is confirmed, everything starts whose time has come by then; what is long past is caught up.

## States (docs/semantics.md)

state-waiting = waiting
state-dispatched = dispatched
state-running = running
state-retrying = retrying
state-killing = killing
state-suspected = suspected
state-unknown = unknown
state-succeeded = succeeded
state-failed = failed
state-killed = killed
state-passed = passed
state-skipped = skipped
state-held = held
state-retired = retired
state-missed = missed

## How attempts end

exit-success = success
exit-code = exit { $code }
exit-signal = signal { $signal }
exit-timeout = timed out
exit-memory = out of memory
exit-killed = killed
exit-not-started = could not start
ended-attempt = { $state } (attempt { $attempt })
ended-badly = { $state } ({ $exit }, attempt { $attempt })
ended-badly-of = { $state } ({ $exit }, attempt { $attempt } of { $tries })

## Why something waits: clauses that follow a name

reason-clock = not before { $until }
reason-clock-doubt = the clock stepped { $by } ahead, and nobody has confirmed that it is right
reason-hand = waits to be started by hand
reason-predecessor-one = waits for { $name }: { $state }
reason-predecessor-many = waits for { $missing } of { $total } { $unit } of { $job }
unmet-listed = : { $unmet }
unmet-period = { $period } { $state }
unit-hour = { $total ->
    [one] hour
   *[other] hours
  }
unit-day = { $total ->
    [one] day
   *[other] days
  }
unit-week = { $total ->
    [one] week
   *[other] weeks
  }
unit-month = { $total ->
    [one] month
   *[other] months
  }
unit-year = { $total ->
    [one] year
   *[other] years
  }
unit-run = { $total ->
    [one] run
   *[other] runs
  }
reason-delivery = has not arrived
reason-delivery-due = has not arrived, due { $due }
reason-delivery-late = has not arrived, due { $due }, { $late } late
reason-delivery-wrong = was delivered wrong: { $problem }
reason-retry = tries again at { $until }
reason-no-agent = no agent serves platform { $platform }
reason-no-agent-at-all = no agent takes work: none is alive, or all are draining
reason-no-agent-labels = no agent has the labels { $labels } (platform: { $platform })
reason-no-agent-slots = no agent has { $slots } slots (platform: { $platform })
any-platform = any
reason-slots = all agents that could run it are busy (platform: { $platform })
reason-platform-limit = platform { $platform } runs as many as it may: { $limit }
reason-resource = { $name } is used up: { $limit } in all
reason-resource-kept = { $name } is kept for { $job }@{ $period }, which is more urgent
reason-catch-up = is late work: tonight's goes first
reason-held = is held by an operator
reason-frozen = nothing is dispatched: frozen by { $by }
reason-agent-silent = agent { $agent }, which has it, is silent
reason-undecided = nobody knows what became of it at agent { $agent }: it has to be decided
reason-undecided-why = nobody knows what became of it at agent { $agent } ({ $why }): it has to be decided
reason-no-period = { $job } has no such period
reason-ready = is ready

## why

why-headline = { $name }: { $state }, since { $since }
why-step = { $from } waits for { $to }
why-step-many = { $from } { $need }
why-and-like = { $count ->
    [one] and one like it
   *[other] and { $count } like it
  }: { $names }
why-ask-source = next: ask the source to deliver it again
why-before-start = { " " }({ $count } of { $total } lie before the first date and count as met)
why-more-roots = { $count ->
    [one] One more root cause is not shown.
   *[other] { $count } more root causes are not shown.
  }
why-last-words = last words: { $words }
why-duty = on duty: { $duty }
why-next = next: { $command }

## status

status-as-of = { $at }, definitions version { $version }
status-no-definitions = { $at }, no definitions yet: daybreak apply TREE
status-frozen = Frozen, nothing is dispatched: { $by }
status-clock-step = The clock stepped { $by } ahead at { $since }, clock starts wait. If it is right: daybreak clock confirm
status-agents = Agents
status-store-down = The store takes no writes since { $since }: { $reason }
  This is what it holds. Commands are refused until it takes writes again.
status-failed = Failed ({ $count })
status-wrong = Delivered wrong ({ $count })
status-late = Interfaces past their reference time ({ $count })
status-more = … and { $count } more: { $command }
count-all = all
count-no-platform = no platform
count-total = total
count-succeeded = done
count-failed = failed
count-running = running
count-dispatched = dispatched
count-waiting-predecessors = for needs
count-waiting-agent = for agent
count-not-triggered = not triggered
count-retrying = retrying
count-undecided = undecided
count-held = held
count-skipped = skipped
count-gone = gone
count-stale = stale

## Column heads

head-agent = agent
head-ahead = ahead
head-at = at
head-attempt = try
head-bytes = bytes
head-changed = changed
head-delivery = delivery
head-end = end
head-ended = end
head-files = files
head-job = job
head-last-words = last words
head-made = made
head-met = met
head-missing = missing
head-need = need
head-period = period
head-platform = platform
head-platforms = platforms
head-reason = why
head-refused = refused
head-remark = remark
head-rows = rows
head-seen = seen
head-since = since
head-slots = slots
head-start = start
head-started = started
head-state = state
head-table = table
head-took = took
head-version = version
head-what = what
head-who = who
head-why = why

## list, agents, audit, token

list-empty = Nothing matches.
list-count = { $count ->
    [one] One instance.
   *[other] { $count } instances.
  }
list-cut = { $count ->
    [one] The first instance
   *[other] The first { $count } instances
  } of { $total }; more with --limit.
agents-empty = No agent has been heard of.
agent-alive = alive
agent-silent = silent
agent-draining = draining
agent-all-platforms = all
audit-empty = No command has been given yet.
audit-version = apply (version { $version })
migrate-store-done = { $rows } rows are in the new database now, and every one is what it was. The data directory is as it was; do not start it again.
logs-empty = { $name } has printed nothing.
token-revoked = The token of { $name } is taken back.
token-revoked-soon = The token of { $name } is taken back; the running server refuses it within a second.

## show

show-archived = has left the running tables
show-needs = Needs
show-attempts = Attempts
show-deliveries = Deliveries
need-no-period = has no such period
need-before-start = { $count } before the first date
attempt-was-unknown = was unknown: { $why }
rows-counted = { $read } rows read, { $written } written
delivery-empty = empty
job-interface = interface
job-job = job
job-needs = Needs ({ $count })
job-successors = Needed by ({ $count })
job-next = Starts next
job-exception-start = { $on }: start { $start }
job-task = Task
fact-agent = agent
fact-attempt = try
fact-calendar = calendar
fact-catch-up = catch-up
fact-check = check file
fact-code = number
fact-cycle = cycle
fact-defined = defined in
fact-env = environment
fact-due = due
fact-duty = on duty
fact-files = files
fact-flow = flow
fact-from = from
fact-key = key job
fact-labels = labels
fact-layer = layer
fact-level = fault level
fact-platform = platform
fact-priority = priority
fact-promise = promised by
fact-retry = retries
fact-since = since
fact-slots = slots
fact-source = source
fact-stale = stale
fact-changed = delivery noticed since
fact-start = start
fact-takes = takes
fact-timeout = timeout
fact-until = until
fact-uses = uses
fact-was = formerly
fact-when = runs when
fact-zone = time zone
catch-up-all = all
catch-up-last = last
catch-up-none = none
cycle-hour = hour
cycle-day = day
cycle-week = week
cycle-month = month
cycle-year = year
cycle-none = none: started by hand
retry-none = none
retry-times = { $count } every { $every }
retry-growth = , each pause { $factor } times the one before
retry-cap = , at most { $cap }

## Answers to commands

answer-done = Done.
answer-changed = { $count ->
    [one] One instance changed:
   *[other] { $count } instances changed:
  }
answer-would-change = { $count ->
    [one] One instance would change:
   *[other] { $count } instances would change:
  }
answer-would-change-in-order = { $count ->
    [one] One instance would change:
   *[other] { $count } instances would change, in this order:
  }
and-more-all = … and { $count } more: --all shows them
answer-would-change-nothing = Nothing would change.
backfill-done = All periods of { $dates } are planned now that were not planned yet.
backfill-would-plan = { $count ->
    [0] All periods of { $dates } are planned already.
    [one] One period of { $dates } would be planned: all the others are planned already.
   *[other] { $count } periods of { $dates } would be planned: all that are not planned yet.
  }
answer-waiting-behind = { $count ->
    [one] One more waits behind it anyway, and goes when its turn comes.
   *[other] { $count } more wait behind it anyway, and go when their turn comes.
  }
refused-target = { $name } was left alone: { $reason }
refused-no-instance = there is no such instance
refused-state = it is { $state }
refused-not-an-interface = it is no interface
refused-job-gone = its job has been removed from the definitions
refused-no-agent = there is no agent of this name
refused-no-periods = no job has a period in these dates: `from:`, `until:` and calendars say which there are
refused-clock-not-in-doubt = the clock has made no step that would have to be confirmed
refused-priority-range = priorities go from -100 to 100

## apply

apply-no-change = Nothing changes: version { $version } stays in force.
apply-done = Version { $version } is in force.
apply-dry-run = Dry run: version { $version } stays in force.
apply-rebound = { $count ->
    [one] One planned instance follows the new version.
   *[other] { $count } planned instances follow the new version.
  }
apply-retired = { $count ->
    [one] One planned instance is retired with its job.
   *[other] { $count } planned instances are retired with their jobs.
  }
apply-in-flight = { $count ->
    [one] One attempt under way ends with the version that it started with.
   *[other] { $count } attempts under way end with the version that they started with.
  }
shared-platform = platform
shared-resource = resource
shared-calendar = calendar
shared-zone = time zone
apply-confirm-removal = { $count ->
    [one] One job is removed. Go on?
   *[other] { $count } jobs are removed. Go on?
  }

## check

severity-error = error
severity-warning = warning
check-suggestion = help
cron-means = cron `{ $cron }`, lag { $lag }: { $jobs }
cron-starts = { $period } starts { $at }
cron-starts-nothing = starts no period
check-clean = No problems in { $files ->
    [one] 1 file
   *[other] { $files } files
  }.
check-summary = { $errors ->
    [one] 1 error
   *[other] { $errors } errors
  }, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
  } in { $files ->
    [one] 1 file
   *[other] { $files } files
  }.

## play

play-no-periods = nothing is defined for { $dates }: does a `from:` or a calendar leave these dates out?
play-other-definitions = the data directory holds other definitions, which `play` did not put there: name another one with --data, or apply the tree with `daybreak up` or `daybreak apply`
play-frozen = the store is frozen, and not by `play`: `daybreak thaw` first
play-kept = The data of this play stays in { $path } for you to look at.
play-log = log: { $path }
play-failed = Failed ({ $count })
play-open = { $count ->
    [one] One instance is not done. This is what it waits for:
   *[other] { $count } instances are not done. This holds them up:
  }
play-not-begun = { $count ->
    [one] One instance is not begun after the failure; --keep-going goes on with what does not depend on it.
   *[other] { $count } instances are not begun after the failure; --keep-going goes on with what does not depend on it.
  }
play-done = All done in { $took }: { $counts }.
play-work-failed = Failed after { $took }: { $counts }.
play-unfinished = Not finished, and nothing goes on by itself after { $took }: { $counts }.
play-interrupted = Interrupted after { $took }: { $counts }.
play-goes-on = The same command with the same --data goes on.
play-ending = Ending what runs: { $names }. Ctrl-C again leaves it running.
play-ended = Ended what ran: { $names }.
play-left-running = { $count ->
    [one] One job runs on: { $names }.
   *[other] { $count } jobs run on: { $names }.
  }
play-kept-running = They run in { $path }, which stays. This goes on with it: { $command }
play-waits-for-clock = Nothing runs: waits for the clock until { $until }. Ctrl-C ends the waiting.

## plan

plan-empty = Nothing is planned for { $date }: does a `from:` or a calendar leave it out?
plan-times = Times without a date are those of { $date }.
plan-promises = Promises, and what decides them
plan-promise-kept = { $name }: done at { $end }, promised by { $by }, { $spare } to spare
plan-promise-broken = { $name }: done at { $end }, promised by { $by }, { $late } late
plan-promise-never = { $name }: not done by itself, promised by { $by }
plan-open = Not done by itself ({ $count })
plan-unknown = { $count ->
    [one] One job does not say how long it takes and counts with { $takes }
   *[other] { $count } jobs do not say how long they take and count with { $takes } each
  }: { $names }

## wait

wait-server = waiting for a server
wait-instance = { $name } is { $state }
wait-timed-out = The time is over. This is what still waits:
wait-missed = This ended otherwise:
wait-no-server = The time is over, and no server answers.

## up

up-unchanged = The definitions are those of version { $version }, which is in force.
up-ready = Ready at { $url }, data in { $data }. Ctrl-C stops it; jobs that run go on.
up-no-definitions = No definitions yet: daybreak apply TREE
data-not-empty = { $path } holds other files, and no data of daybreak yet: the store comes beside them. If that is not meant: Ctrl-C, and --data.
data-made = { $path } is a new data directory: no server has used it yet.
up-stopping = Stopping. Jobs that run go on, and the next start finds them.

## Errors

error = error
caused-by = because
error-tree = failed to read { $path }
error-tree-not-folder = { $path } is a file: name the directory of the definitions
error-tree-empty = there is no definition file (.yaml) below { $path }
error-definitions = { $errors ->
    [one] the definitions have an error
   *[other] the definitions have { $errors } errors
  }
error-agent-root = there is no directory { $path } for jobs to run in: make it, or correct --agent-root
error-data = failed to use { $path }
head-setting = setting
head-value = value
head-origin = from
scheduler-runs = A scheduler runs; its API is at { $url }. It leads, or stands by: `daybreak status` says. Ctrl-C ends it; running jobs go on
agent-runs = Agent { $name } runs. Ctrl-C ends it; running jobs go on
error-settings = the settings in { $path } cannot be used:
error-key = { $path } holds no key of the kind that is needed
error-key-open = { $path } is a secret and others can read it (mode { $mode }): chmod 600 it, and make a new key if somebody may have read it
error-data-damaged = { $path } does not hold what daybreak wrote there: move it away
error-store = the store does not do what is needed
error-part = { $part } failed
error-listen = failed to listen on { $address }
error-no-server = no server runs for the data directory { $data }
error-no-data = no server runs for the data directory { $data }: there is no such directory
error-unreachable = nobody answers at { $url }
error-strange = { $url } answers something that this program does not understand: is it a Daybreak server, of this version?
error-findings-request = the request cannot be carried out: { $count } findings
error-findings-selection = the selection names what is not there: { $count } findings
error-server-fault = the server made a mistake, please report it: { $message }
error-unauthorized = the server does not know the token in { $path }: `daybreak token add NAME` makes one, `--token-file` names it
error-no-token-file = there is no token in { $path }: `daybreak token add NAME > FILE` makes one, `--token-file FILE` names it
error-no-token = there is no token of the name { $name }
error-token-exists = there is a token of the name { $name } already: `daybreak token revoke { $name }` takes it back
error-token-name = "{ $name }" cannot be a name: 1 to 64 letters, digits or - _ . @
error-needs-yes = this has to be confirmed, and nobody can be asked: --yes confirms it beforehand
error-declined = nothing was changed
export-form = "{ $text }" is not of the form PLATFORM.TABLE
export-no-platform = there is no database platform { $platform }: there are { $known }
error-output = failed to write the result
hint-in-use-by = Process { $pid } has it, perhaps a `daybreak up` or `daybreak play`: stop that one, or name another directory with --data.
hint-in-use = Perhaps a `daybreak up` or `daybreak play`: stop that one, or name another directory with --data.
hint-listen = Another process listens there: name another port with --listen, or none for any free one.
hint-permission = { $path } must be open to the user { $who }: change its owner or its mode, or name another one.
hint-start-server = Start one with `daybreak up`, or name another with --data or --url.

## What a server finds wrong (docs/http-api.md lists the codes)

did-you-mean = : did you mean { $names }?
name-flow = flow
name-platform = platform
name-layer = layer
finding-unknown-job = there is no job or interface `{ $name }`{ $suggestions }
finding-unknown-name = there is no { $kind } `{ $name }`{ $suggestions }
finding-period = `{ $text }` is not a period of this job: its cycle is { $cycle }, write such as { $example }
finding-period-missing = `{ $text }` does not exist: there is no such date, or the clocks skip it
finding-period-word = `{ $text }` is no period: write for example 20130105, 201301, 2013010502 or 20130101..20130131
finding-range = `{ $text }` is no range of periods: write two of one kind, the earlier first, such as 20130101..20130131
finding-not-planned = `{ $name }` has not been planned: the job exists, this period of it does not (yet)
finding-archived = `{ $name }` is done and archived: it counts as met, and nothing can be done to it any more
finding-form = `{ $text }` is not of the form JOB@PERIOD, such as `dwd_flight@20130105`
finding-state = `{ $word }` is no state: { $known }
finding-job-removed = `{ $name }` has been removed from the definitions
finding-not-started = `{ $name }` has not been started yet
finding-no-attempt = `{ $name }` has no attempt { $attempt }: the newest one is { $newest }
finding-nothing-applied = nothing has been applied yet
finding-no-version = there is no definition version { $version }
finding-not-a-version = `{ $text }` is no version: write a number, or `current`
finding-empty-selection = the selection is empty: name at least one JOB@PERIOD
finding-command-id = an id has 1 to 64 characters of `0-9A-Za-z_-`
finding-id-taken = the id `{ $id }` has been used for another command: make a new one
finding-unknown-parameter = there is no parameter `{ $name }`: there are { $known }
finding-given-twice = `{ $name }` is given twice
finding-value = `{ $value }` is no value for `{ $name }`: write for example { $example }
finding-unreadable = the request cannot be read: { $reason }
finding-too-large = the request is larger than { $mib } MiB
finding-no-such-path = the server has no such path: is it of another version?
finding-other-method = the server takes another method here: is it of another version?
finding-token-needed = a token is needed
finding-other-host = the request was made for another host: use 127.0.0.1, localhost or [::1]
finding-other-version = the definitions are at version { $found }, not { $expected }: look at what has changed and apply again
finding-definitions-rejected = the definitions have errors, and the ones in force stay
finding-stopped = the scheduler does not run
finding-not-leading = this scheduler stands by: ask { $leader }. Nothing was changed
finding-store-down = the store takes no writes: { $reason }. Nothing was changed: send it again when the cause is gone; `daybreak status` says when
finding-store-down-since = the store takes no writes since { $since }: { $reason }. Nothing was changed: send it again when the cause is gone; `daybreak status` says when
finding-outcome-open = the command { $id } is not durable yet, and may still take effect: `daybreak audit` shows whether it has; repeated with --id { $id } it takes effect once
finding-store-unread = the store cannot be read: { $reason }
finding-output-unread = the output cannot be read: { $reason }

## Kinds of findings: the titles of docs/errors, said before the sentence where that is in another language

finding-F0001 = The file is not valid YAML
finding-F0002 = A value has to be put in quotes
finding-F0003 = The same key stands twice
finding-F0004 = A feature of YAML that definitions do not use
finding-F0005 = A tab in the indentation
finding-F0006 = A key that nobody reads
finding-F0007 = A list, a map or a text where something else belongs
finding-F0008 = A value that cannot be read
finding-F0009 = A key is missing
finding-F0010 = A number outside its range
finding-F0011 = A key at the wrong place
finding-F0012 = A file that looks like a definition and is not read
finding-F0101 = Two jobs of the same name
finding-F0102 = A name with characters that names cannot have
finding-F0103 = A need on a job that does not exist
finding-F0104 = A platform that is not defined
finding-F0105 = A calendar that is not defined
finding-F0106 = A resource that is not defined
finding-F0107 = Two flows, platforms, calendars or resources of the same name
finding-F0108 = A time zone that does not exist
finding-F0109 = A former name that is in use
finding-F0201 = A need between cycles that differ, without a mapping
finding-F0202 = A mapping that does not fit the two cycles
finding-F0203 = Jobs that wait for each other
finding-F0204 = A need that can never be met
finding-F0205 = A need on periods that do not exist
finding-F0206 = The same need twice
finding-F0207 = A job or a calendar without days
finding-F0208 = An exception that never applies
finding-F0301 = Periods that no start belongs to
finding-F0302 = Starts that no period belongs to
finding-F0303 = Two starts for one period
finding-F0304 = A job that nothing can start
finding-F0305 = A lag without a cron
finding-F0306 = A cron without a lag
finding-F0307 = A start and a cron for the same job
finding-F0308 = A promise before the start
finding-F0309 = An interface without a reference time
finding-F0310 = A clock start for a job without a cycle
finding-F0311 = A promise or a reference time that does not exist
finding-F0401 = More than one task for a job
finding-F0402 = A job without a task
finding-F0403 = A file that is not in the tree
finding-F0404 = A task without a database to run on
finding-F0405 = A template that cannot be rendered
finding-F0406 = A variable that does not exist
finding-F0407 = A bind that does not exist
finding-F0408 = A template where templates are not filled
finding-F0409 = A parameter with a reserved name
finding-F0410 = An SQL text that cannot be read
finding-F0411 = A secret where none is put in
finding-F0501 = More units than the resource has
finding-F0601 = A file or folder that cannot be read
finding-F0602 = A file that is not UTF-8
finding-F0603 = A file that is too large for definitions
finding-F0604 = A symbolic link to a folder above it
