# 程序所说的全部内容（简体中文）。键与参数须与 en.ftl 完全一致，由 cli/src/messages.rs 的测试保证。

## 小词

yes = 是
stale = 需重做：前置已重跑
changed-after-use = 派发之后又发现新文件
now = 刚刚
ago = { $span } 前
and-more = … 另有 { $count } 个
clause-separator = ，
confirm = 确认执行？
clock-confirm = 时钟向前跳了 { $by }。确认后，届时已到时间的程序将全部启动，早已过期的账期按补跑处理。

## 状态

state-waiting = 等待
state-dispatched = 已派发
state-running = 运行
state-retrying = 待重试
state-killing = 正在终止
state-suspected = 代理失联
state-unknown = 结果不明
state-succeeded = 成功
state-failed = 失败
state-killed = 已终止
state-passed = 强制通过
state-skipped = 已跳过
state-held = 挂起
state-retired = 已下线
state-missed = 已错过

## 执行结果

exit-success = 成功
exit-code = 退出码 { $code }
exit-signal = 信号 { $signal }
exit-timeout = 超时
exit-memory = 内存不足
exit-killed = 被终止
exit-not-started = 无法启动
ended-attempt = { $state }（第 { $attempt } 次执行）
ended-badly = { $state }（{ $exit }，第 { $attempt } 次执行）
ended-badly-of = { $state }（{ $exit }，第 { $attempt } 次，共 { $tries } 次机会）

## 等待原因：接在名称之后

reason-clock = 未到时间，{ $until } 起可运行
reason-clock-doubt = 时钟向前跳了 { $by }，尚无人确认其正确
reason-hand = 等待手工调度
reason-predecessor-one = 等待前置 { $name }：{ $state }
reason-predecessor-many = 等待前置 { $job }：{ $total } { $unit }中缺 { $missing } 个
unmet-listed = ：{ $unmet }
unmet-period = { $period } { $state }
unit-hour = { $total ->
   *[other] 个小时
  }
unit-day = { $total ->
   *[other] 天
  }
unit-week = { $total ->
   *[other] 周
  }
unit-month = { $total ->
   *[other] 个月
  }
unit-year = { $total ->
   *[other] 年
  }
unit-run = { $total ->
   *[other] 次运行
  }
reason-delivery = 接口未到
reason-delivery-due = 接口未到，参考时间 { $due }
reason-delivery-late = 接口未到，参考时间 { $due }，已晚 { $late }
reason-delivery-wrong = 接口文件有误：{ $problem }
reason-retry = { $until } 重试
reason-no-agent = 等代理：没有代理服务平台 { $platform }
reason-no-agent-at-all = 等代理：没有可接任务的代理（均失联或已停止接收）
reason-no-agent-labels = 等代理：没有代理具备标签 { $labels }（平台：{ $platform }）
reason-no-agent-slots = 等代理：没有代理有 { $slots } 个槽位（平台：{ $platform }）
any-platform = 任意
reason-slots = 等代理：可用的代理都在忙（平台：{ $platform }）
reason-platform-limit = 平台 { $platform } 已达并发上限 { $limit }
reason-resource = 资源 { $name } 已用完（上限 { $limit }）
reason-resource-kept = 资源 { $name } 留给更紧急的 { $job }@{ $period }
reason-catch-up = 属于补跑，让位于当晚任务
reason-held = 被操作员挂起
reason-frozen = 已冻结，不派发任务：{ $by }
reason-agent-silent = 持有它的代理 { $agent } 没有回应
reason-undecided = 在代理 { $agent } 上结果不明，需人工决定
reason-undecided-why = 在代理 { $agent } 上结果不明（{ $why }），需人工决定
reason-no-period = { $job } 没有对应的账期
reason-ready = 已就绪

## why

why-headline = { $name }：{ $state }，自 { $since }
why-step = { $from } 等待前置 { $to }
why-step-many = { $from } { $need }
why-and-like = 另有 { $count } 个情况相同：{ $names }
why-ask-source = 下一步：请来源系统重新送数
why-before-start = （{ $total } 个中 { $count } 个早于起始日期，视为满足）
why-more-roots = 另有 { $count } 个根因未列出。
why-last-words = 最后输出：{ $words }
why-duty = 值班：{ $duty }
why-next = 下一步：{ $command }

## status

status-as-of = { $at }，定义版本 { $version }
status-no-definitions = { $at }，尚无定义：daybreak apply 目录
status-frozen = 已冻结，不派发任务：{ $by }
status-clock-step = 时钟在 { $since } 向前跳了 { $by }，定时启动暂停。若时钟无误：daybreak clock confirm
status-agents = 代理
status-store-down = 自 { $since } 起存储无法写入：{ $reason }
  以下为存储中的最后状态。恢复写入之前，命令一律拒绝。
status-failed = 失败（{ $count }）
status-wrong = 接口文件有误（{ $count }）
status-late = 超过参考时间的接口（{ $count }）
status-more = … 另有 { $count } 个：{ $command }
count-all = 全部
count-no-platform = 无平台
count-total = 总数
count-succeeded = 成功
count-failed = 失败
count-running = 运行
count-dispatched = 已派发
count-waiting-predecessors = 等待前置
count-waiting-agent = 等代理
count-not-triggered = 未触发
count-retrying = 待重试
count-undecided = 待决定
count-held = 挂起
count-skipped = 跳过
count-gone = 下线
count-stale = 需重做

## 表头

head-agent = 代理
head-ahead = 预发
head-at = 时间
head-attempt = 次数
head-bytes = 字节
head-changed = 已改
head-delivery = 到达
head-end = 结果
head-ended = 结束
head-files = 文件
head-job = 程序
head-last-words = 最后输出
head-made = 创建
head-met = 满足
head-missing = 缺少
head-need = 前置
head-period = 账期
head-platform = 平台
head-platforms = 平台
head-reason = 原因
head-refused = 拒绝
head-remark = 备注
head-rows = 行数
head-seen = 最近联系
head-since = 自
head-slots = 槽位
head-start = 开始
head-started = 开始
head-state = 状态
head-table = 表
head-took = 用时
head-version = 版本
head-what = 操作
head-who = 操作员
head-why = 原因

## list, agents, audit, token

list-empty = 没有符合条件的实例。
list-count = 共 { $count } 个实例。
list-cut = 共 { $total } 个，显示前 { $count } 个；用 --limit 查看更多。
agents-empty = 还没有任何代理的消息。
agent-alive = 正常
agent-silent = 失联
agent-draining = 停止接收
agent-all-platforms = 全部
audit-empty = 还没有任何操作。
audit-version = apply（版本 { $version }）
migrate-store-done = 已复制 { $rows } 行，逐行核对无误。数据目录保持原样；请不要再用它启动服务。
logs-empty = { $name } 没有任何输出。
token-revoked = { $name } 的令牌已作废。
token-revoked-soon = { $name } 的令牌已作废；运行中的服务器将在一秒内拒绝它。

## show

show-archived = 已移出运行表
show-needs = 前置
show-attempts = 执行记录
show-deliveries = 到达记录
need-no-period = 没有对应的账期
need-before-start = { $count } 个早于起始日期
attempt-was-unknown = 曾结果不明：{ $why }
rows-counted = 读 { $read } 行，写 { $written } 行
delivery-empty = 空文件
job-interface = 接口
job-job = 程序
job-needs = 前置（{ $count }）
job-successors = 后置（{ $count }）
job-next = 接下来的触发
job-exception-start = { $on }：触发 { $start }
job-task = 任务
fact-agent = 代理
fact-attempt = 次数
fact-calendar = 日历
fact-catch-up = 补跑
fact-check = 校验文件
fact-code = 接口号
fact-cycle = 周期
fact-defined = 定义于
fact-env = 环境变量
fact-due = 参考时间
fact-duty = 值班
fact-files = 文件
fact-flow = 程序组
fact-from = 起始日期
fact-key = 重点程序
fact-labels = 标签
fact-layer = 层次
fact-level = 故障级别
fact-platform = 平台
fact-priority = 优先级
fact-promise = 承诺时间
fact-retry = 重试
fact-since = 自
fact-slots = 槽位
fact-source = 来源系统
fact-stale = 需重做
fact-changed = 派发后又发现
fact-start = 触发
fact-takes = 预计用时
fact-timeout = 超时限制
fact-until = 截止日期
fact-uses = 占用资源
fact-was = 曾用名
fact-when = 前置判定
fact-zone = 时区
catch-up-all = 全部账期
catch-up-last = 仅最近一期
catch-up-none = 不补
cycle-hour = 小时
cycle-day = 日
cycle-week = 周
cycle-month = 月
cycle-year = 年
cycle-none = 无：手工调度
retry-none = 不重试
retry-times = { $count } 次，间隔 { $every }
retry-growth = ，每次间隔为上次的 { $factor } 倍
retry-cap = ，最长 { $cap }

## 操作结果

answer-done = 完成。
answer-changed = 已更改 { $count } 个实例：
answer-would-change = 将更改 { $count } 个实例：
answer-would-change-in-order = 将按以下顺序更改 { $count } 个实例：
and-more-all = … 另有 { $count } 个：用 --all 全部显示
answer-would-change-nothing = 不会有任何更改。
backfill-done = { $dates } 中尚未计划的账期均已列入计划。
backfill-would-plan = { $count ->
    [0] { $dates } 的账期均已列入计划。
   *[other] 将计划 { $dates } 中尚未计划的 { $count } 个账期。
  }
answer-waiting-behind = 其后另有 { $count } 个本来就在等待，轮到时自动运行。
refused-target = { $name } 未更改：{ $reason }
refused-no-instance = 没有这个实例
refused-state = 当前状态为“{ $state }”
refused-not-an-interface = 它不是接口
refused-job-gone = 程序已从定义中删除
refused-no-agent = 没有这个代理
refused-no-periods = 这些日期内没有任何程序有账期：账期由 `from:`、`until:` 和日历决定
refused-clock-not-in-doubt = 时钟没有需要确认的跳变
refused-priority-range = 优先级范围为 -100 到 100

## apply

apply-no-change = 没有变化：版本 { $version } 继续有效。
apply-done = 版本 { $version } 已生效。
apply-dry-run = 仅预览：版本 { $version } 继续有效。
apply-rebound = { $count } 个已计划的实例改用新版本。
apply-retired = { $count } 个已计划的实例随程序下线。
apply-in-flight = { $count } 个正在执行的仍按开始时的版本结束。
shared-platform = 平台
shared-resource = 资源
shared-calendar = 日历
shared-zone = 时区
apply-confirm-removal = 将删除 { $count } 个程序，确认执行？

## check

severity-error = 错误
severity-warning = 警告
check-suggestion = 建议
cron-means = cron `{ $cron }`，lag { $lag }：{ $jobs }
cron-starts = { $period } 触发于 { $at }
cron-starts-nothing = 不触发任何账期
check-clean = { $files } 个文件没有问题。
check-summary = { $files } 个文件中有 { $errors } 个错误、{ $warnings } 个警告。

## play

play-no-periods = { $dates } 没有任何定义：是否被 `from:` 或日历排除？
play-other-definitions = 数据目录中是另一套定义，且不是由 `play` 放入的：请用 --data 指定其他目录，或用 `daybreak up`、`daybreak apply` 使新定义生效
play-frozen = 存储已被冻结，且不是由 `play` 冻结的：请先执行 `daybreak thaw`
play-kept = 本次运行的数据保留在 { $path }，可供查看。
play-log = 日志：{ $path }
play-failed = 失败（{ $count }）
play-open = { $count } 个实例未完成，起因如下：
play-not-begun = { $count } 个实例因失败而不再开始；--keep-going 会继续执行与失败无关的部分。
play-done = 全部完成，用时 { $took }：{ $counts }。
play-work-failed = { $took } 后有失败：{ $counts }。
play-unfinished = { $took } 后未完成，且不会自行继续：{ $counts }。
play-interrupted = { $took } 后被中断：{ $counts }。
play-goes-on = 用同样的 --data 再次执行同一命令即可继续。
play-ending = 正在终止运行中的程序：{ $names }。再按一次 Ctrl-C 则任其继续运行。
play-ended = 已终止运行中的程序：{ $names }。
play-left-running = 有 { $count } 个程序继续运行：{ $names }。
play-kept-running = 它们在 { $path } 中运行，该目录予以保留。继续执行：{ $command }
play-waits-for-clock = 没有程序在运行：等待时钟，直到 { $until }。按 Ctrl-C 结束等待。

## plan

plan-empty = { $date } 没有任何计划：是否被 `from:` 或日历排除？
plan-times = 未写日期的时间均为 { $date }。
plan-promises = 承诺及其关键路径
plan-promise-kept = { $name }：{ $end } 完成，承诺 { $by }，提前 { $spare }
plan-promise-broken = { $name }：{ $end } 完成，承诺 { $by }，晚 { $late }
plan-promise-never = { $name }：不会自行完成，承诺 { $by }
plan-open = 不会自行完成（{ $count }）
plan-unknown = { $count } 个程序未说明用时，按 { $takes } 计：{ $names }

## wait

wait-server = 等待服务启动
wait-instance = { $name }：{ $state }
wait-timed-out = 等待时间已到，仍在等待的有：
wait-missed = 以下实例以其他状态结束：
wait-no-server = 等待时间已到，没有服务器应答。

## up

up-unchanged = 定义与现行版本 { $version } 相同。
up-no-definitions = 尚无定义：daybreak apply 目录
data-not-empty = { $path } 中有其他文件，而没有 daybreak 的数据：存储将放在它们旁边。若非本意，请按 Ctrl-C，并改用 --data。
data-made = { $path } 是新建的数据目录：还没有服务器用过它。
up-ready = 已就绪：{ $url }，数据在 { $data }。按 Ctrl-C 停止，正在运行的程序会继续。
up-stopping = 正在停止。正在运行的程序会继续，下次启动时接管。

## 错误

error = 错误
caused-by = 原因
error-tree = 读取 { $path } 失败
error-tree-not-folder = { $path } 是文件：请指定定义所在的目录
error-tree-empty = { $path } 下没有定义文件（.yaml）
error-definitions = 定义中有 { $errors } 个错误
error-agent-root = 没有可供程序运行的目录 { $path }：请创建，或更正 --agent-root
error-data = 使用 { $path } 失败
head-setting = 设置项
head-value = 值
head-origin = 来源
scheduler-runs = 调度器已运行，API 位于 { $url }。是主用还是备用，可用 `daybreak status` 查看。按 Ctrl-C 结束；运行中的作业继续执行
agent-runs = 代理 { $name } 已运行。按 Ctrl-C 结束；运行中的作业继续执行
error-settings = { $path } 中的设置无法使用：
error-key = { $path } 中不是所需类型的密钥
error-key-open = { $path } 是密钥文件，但他人可读（权限 { $mode }）：请 chmod 600；若可能已被他人读取，请重新生成密钥
error-data-damaged = { $path } 的内容不是 daybreak 写入的：请将其移走
error-store = 存储无法完成所需操作
error-part = { $part } 出错
error-listen = 无法监听 { $address }
error-no-server = 数据目录 { $data } 没有正在运行的服务
error-no-data = 数据目录 { $data } 没有正在运行的服务：该目录不存在
error-unreachable = { $url } 没有应答
error-strange = { $url } 的应答无法理解：它是同一版本的 Daybreak 服务吗？
error-findings-request = 请求无法执行：共 { $count } 处问题
error-findings-selection = 所选内容不存在：共 { $count } 处问题
error-server-fault = 服务程序自身出错，请报告：{ $message }
error-unauthorized = 服务不认识 { $path } 中的令牌：用 `daybreak token add 名称` 创建，用 `--token-file` 指定
error-no-token-file = { $path } 中没有令牌：用 `daybreak token add 名称 > 文件` 创建，用 `--token-file 文件` 指定
error-no-token = 没有名为 { $name } 的令牌
error-token-exists = 名为 { $name } 的令牌已存在：可用 `daybreak token revoke { $name }` 作废
error-token-name = “{ $name }”不能作为名称：须为 1 到 64 个字母、数字或 - _ . @
error-needs-yes = 此操作需要确认，但无法询问：加 --yes 表示事先确认
error-declined = 没有做任何更改
export-form = “{ $text }”不是 平台.表 的形式
export-no-platform = 没有数据库平台 { $platform }：现有 { $known }
error-output = 输出结果失败
hint-in-use-by = 被进程 { $pid } 占用，可能是 `daybreak up` 或 `daybreak play`：请停止它，或用 --data 指定其他目录。
hint-in-use = 可能被 `daybreak up` 或 `daybreak play` 占用：请停止它，或用 --data 指定其他目录。
hint-listen = 另一个进程正在监听该地址：请用 --listen 指定其他端口，或不指定而用任意空闲端口。
hint-permission = 用户 { $who } 须能使用 { $path }：请更改其属主或权限，或指定其他路径。
hint-start-server = 用 `daybreak up` 启动服务，或用 --data、--url 指定其他服务。

## 服务器指出的问题（代码见 docs/http-api.md）

did-you-mean = ，是否指 { $names }？
name-flow = 程序组
name-platform = 平台
name-layer = 分层
finding-unknown-job = 没有名为 `{ $name }` 的程序或接口{ $suggestions }
finding-unknown-name = 没有名为 `{ $name }` 的{ $kind }{ $suggestions }
finding-period = `{ $text }` 不是该程序的账期：其周期为 { $cycle }，写法如 { $example }
finding-period-missing = 账期 `{ $text }` 不存在：没有这个日期，或因时钟调整被跳过
finding-period-word = `{ $text }` 不是账期：写法如 20130105、201301、2013010502 或 20130101..20130131
finding-range = `{ $text }` 不是账期范围：请写两个同类账期，先早后晚，如 20130101..20130131
finding-not-planned = `{ $name }` 尚未排入计划：程序存在，但该账期（还）没有实例
finding-archived = `{ $name }` 已完成并归档：视为满足，不能再操作
finding-form = `{ $text }` 的写法应为 程序@账期，如 `dwd_flight@20130105`
finding-state = `{ $word }` 不是状态，可用：{ $known }
finding-job-removed = `{ $name }` 已从定义中删除
finding-not-started = `{ $name }` 尚未启动
finding-no-attempt = `{ $name }` 没有第 { $attempt } 次执行：最新一次是第 { $newest } 次
finding-nothing-applied = 尚未应用任何定义
finding-no-version = 没有定义版本 { $version }
finding-not-a-version = `{ $text }` 不是版本：请写数字或 `current`
finding-empty-selection = 未选择任何实例：请至少写一个 程序@账期
finding-command-id = 命令编号须为 1 到 64 个字符，仅限 `0-9A-Za-z_-`
finding-id-taken = 编号 `{ $id }` 已用于另一条命令：请换一个
finding-unknown-parameter = 没有参数 `{ $name }`，可用：{ $known }
finding-given-twice = `{ $name }` 给了两次
finding-value = `{ $value }` 不能作为 `{ $name }` 的值：写法如 { $example }
finding-unreadable = 请求无法读取：{ $reason }
finding-too-large = 请求超过 { $mib } MiB
finding-no-such-path = 服务器没有这个路径：版本是否不同？
finding-other-method = 服务器在此需要另一种方法：版本是否不同？
finding-token-needed = 需要令牌
finding-other-host = 请求指向了其他主机：请用 127.0.0.1、localhost 或 [::1]
finding-other-version = 定义已是版本 { $found }，而不是 { $expected }：请查看变更后重新应用
finding-definitions-rejected = 定义有错误，仍沿用现行版本
finding-stopped = 调度器没有运行
finding-not-leading = 本调度器处于备用状态：请访问 { $leader }。未做任何更改
finding-store-down = 存储无法写入：{ $reason }。未做任何更改：故障排除后请重新发送，可用 `daybreak status` 查看
finding-store-down-since = 自 { $since } 起存储无法写入：{ $reason }。未做任何更改：故障排除后请重新发送，可用 `daybreak status` 查看
finding-outcome-open = 命令 { $id } 尚未落盘，仍可能生效：用 `daybreak audit` 查看是否已生效；带上 --id { $id } 重发只会生效一次
finding-store-unread = 存储无法读取：{ $reason }
finding-output-unread = 输出无法读取：{ $reason }

## 检查结果的种类：docs/errors 的标题

finding-F0001 = 不是有效的 YAML
finding-F0002 = 值需要加引号
finding-F0003 = 键重复
finding-F0004 = 定义不使用的 YAML 特性
finding-F0005 = 缩进中有制表符
finding-F0006 = 未知的键
finding-F0007 = 类型不符：列表、映射或文本用错
finding-F0008 = 无法理解的值
finding-F0009 = 缺少键
finding-F0010 = 数值超出范围
finding-F0011 = 键的位置不对
finding-F0012 = 像定义文件但不会被读取
finding-F0101 = 程序重名
finding-F0102 = 名称含不允许的字符
finding-F0103 = 前置程序不存在
finding-F0104 = 平台未定义
finding-F0105 = 日历未定义
finding-F0106 = 资源未定义
finding-F0107 = 程序组、平台、日历或资源重名
finding-F0108 = 时区不存在
finding-F0109 = 曾用名仍在使用
finding-F0201 = 前置的周期不同且未写账期对应关系
finding-F0202 = 账期对应关系与两个周期不符
finding-F0203 = 程序互相等待
finding-F0204 = 永远无法满足的前置
finding-F0205 = 前置的账期不存在
finding-F0206 = 前置重复
finding-F0207 = 程序或日历没有任何日期
finding-F0208 = 永远不会生效的例外
finding-F0301 = 有账期没有触发时间
finding-F0302 = 有触发时间不属于任何账期
finding-F0303 = 一个账期有两个触发时间
finding-F0304 = 没有任何方式触发的程序
finding-F0305 = 有 lag 而没有 cron
finding-F0306 = 有 cron 而没有 lag
finding-F0307 = 同一程序同时有 start 和 cron
finding-F0308 = 承诺时间早于触发时间
finding-F0309 = 接口没有参考时间
finding-F0310 = 没有周期的程序写了触发时间
finding-F0311 = 承诺时间或参考时间不存在
finding-F0401 = 程序有多个任务
finding-F0402 = 程序没有任务
finding-F0403 = 文件不在定义目录中
finding-F0404 = 任务没有可用的数据库
finding-F0405 = 模板无法填充
finding-F0406 = 变量不存在
finding-F0407 = 绑定变量不存在
finding-F0408 = 此处不填充模板
finding-F0409 = 参数使用了保留名称
finding-F0410 = 无法理解的 SQL
finding-F0411 = 此处不会填入密钥
finding-F0501 = 超过资源总量
finding-F0601 = 文件或目录无法读取
finding-F0602 = 文件不是 UTF-8 编码
finding-F0603 = 定义文件过大
finding-F0604 = 符号链接指向上级目录
