# `--help` in Chinese. In English it stands with the commands (cli/src/args), where clap and completions take it from.
# Keys: help-COMMAND, help-COMMAND-arg-ARGUMENT, help-COMMAND-examples; help-any-arg-ARGUMENT for an argument that says the
# same everywhere. cli/src/args/help.rs finds texts that are missing or that nobody shows.

## 各部分的标题

help-heading-usage = 用法
help-heading-commands = 命令
help-heading-arguments = 参数
help-heading-options = 选项
help-heading-common = 所有命令的选项
help-note-default = [默认：{ $values }]
help-note-environment = [环境变量：{ $name }]
help-note-values = [可选：{ $values }]

## 所有命令的选项

help-any-arg-help = 显示帮助
help-any-arg-version = 显示版本
help-any-arg-data = 数据目录：存储、日志、令牌 [默认：./.daybreak]
help-any-arg-url = 服务器地址 [默认：数据目录对应的服务器]
help-any-arg-token_file = 令牌文件 [默认：数据目录下的 client-token]
help-any-arg-json = 以 JSON 输出结果
help-any-arg-quiet = 只输出结果和错误
help-any-arg-lang = 语言 [默认：依次取自 LC_ALL、LC_MESSAGES、LANG]
help-any-arg-color = 何时使用颜色；auto：输出到终端且未设置 NO_COLOR 时
help-any-arg-utc = 时间以 UTC 显示，而不用定义中的时区

## 多个命令共有的参数

help-any-arg-why = 操作原因，记入审计记录
help-any-arg-select = JOB@PERIOD、JOB@FIRST..LAST，JOB 中可用 *
help-any-arg-all = 显示全部更改，而不只是前 20 个
help-any-arg-yes = 更改的实例多于所指定的个数时不询问
help-any-arg-dry_run = 只显示将发生什么
help-any-arg-flows = 只看这些程序组
help-any-arg-periods = 只看这些账期（20130105、201301）或账期范围（20130101..20130107、2013010102..2013010105）
help-any-arg-platforms = 只看这些平台
help-any-arg-layers = 只看这些层次
help-any-arg-feeds = 只看接口
help-any-arg-no_feeds = 不看接口
help-any-arg-agent = 代理名称
help-any-arg-instance = 实例
help-any-arg-slots = 同时运行的程序数 [默认：CPU 核数的两倍]
help-any-arg-agent_root = 程序的运行目录，平台的文件也在其中 [默认：数据目录下的 `work`]
help-any-arg-cgroups = 条件允许时为每个程序建立控制组（cgroup v2）：终止时不漏掉任何进程，并能识别内存不足
help-any-arg-log = 自身日志的级别：error、warn、info、debug，或按模块过滤
help-any-arg-log_file = 日志以 JSON 行追加到文件，而不写到标准错误

## daybreak

help = 面向数据仓库夜间批处理的调度系统：天亮之前，全部跑完
help-examples =
    第一步:
      daybreak play examples/first --date 2026-01-10   跑完一天，无需服务器
      daybreak up examples/first                       启动服务器及其代理
      daybreak status                                  在另一个终端中执行

    退出码：docs/exit-codes.md

## 不需要服务器的命令

help-up = 在一个进程中启动全部：调度器、代理、API
help-up-arg-tree = 启动时应用的定义，与现行版本不同时才生效
help-up-arg-listen = API 监听地址；端口 0 表示任意空闲端口
help-up-arg-poll = 检查接口文件的间隔
help-up-arg-no_plan = 不按时钟排计划：只运行用 backfill 补排的账期
help-up-arg-yes = TREE 会删除程序时不询问
help-up-examples =
    示例:
      daybreak up examples/first
      daybreak up flows --data /var/lib/daybreak --listen 127.0.0.1:7070 --slots 8
      daybreak up   用数据目录中已有的内容继续运行
help-check = 找出定义目录中的全部问题
help-check-arg-tree = 定义目录
help-check-arg-sarif = 以 SARIF 2.1.0 输出检查结果，供代码托管平台和编辑器使用
help-check-arg-strict = 警告按错误处理
help-check-examples =
    示例:
      daybreak check flows
      daybreak check flows --json | jq '.problems[].code'
      daybreak check flows --sarif > check.sarif
help-plan = 预估某一天全部程序的开始和结束时间
help-plan-arg-tree = 定义目录 [默认：服务器上的现行定义]
help-plan-arg-date = 对哪一天的账期做预估
help-plan-arg-slots = 同时运行的程序数
help-plan-examples =
    示例:
      daybreak plan examples/night/flows 2013-02-08   用文件中的定义及其预计用时
      daybreak plan flows 2013-02-08 --slots 4        限定同时运行的程序数
      daybreak plan 2013-02-08                        用服务器上的现行定义
help-play = 不启动服务器，把若干天的程序跑完
help-play-arg-tree = 定义目录
help-play-arg-data = 数据目录，可以接着跑 [默认：临时目录]
help-play-arg-date = 哪些账期：一天、一个月，或范围 FIRST..LAST
help-play-arg-keep_going = 有失败时，与失败无关的部分继续运行
help-play-examples =
    示例:
      daybreak play examples/first --date 2026-01-10              在临时目录中
      daybreak play flows --date 2013-01 --data jan --keep-going   在可以接着跑的目录中
help-export = 把平台上的一张表排序后以 CSV 输出
help-export-arg-table = PLATFORM.TABLE；用 --db 时为 TABLE
help-export-arg-tree = 说明平台位置的定义目录 [默认：服务器上的现行定义]
help-export-arg-db = 数据库地址
help-export-arg-agent_root = 地址中相对路径的起点 [默认：服务器所用的目录，或数据目录下的 `work`]
help-export-examples =
    示例:
      daybreak export mpp.RPT_PUNCTUALITY > punctuality.csv
      daybreak export mpp.RPT_PUNCTUALITY --tree examples/night/flows --data nights   无需服务器
      daybreak export RPT_PUNCTUALITY --db sqlite:mpp.db --agent-root nights/work
help-migrate-store = 把已停止的服务器的存储复制到空的 PostgreSQL 数据库
help-migrate-store-arg-to = 空的 PostgreSQL 数据库的地址
help-migrate-store-arg-password_file = 只含密码的文件 [默认：PGPASSWORD、PGPASSFILE 或 ~/.pgpass]
help-migrate-store-examples =
    示例:
      daybreak migrate-store --data nights --to postgresql://daybreak@db.corp/night
      daybreak migrate-store --to 'postgresql://daybreak@db.corp/night?sslmode=verify-full' --password-file db.password
help-token = 管理可使用服务器的名称
help-token-examples =
    示例:
      daybreak token add wang > wang.token   令牌只显示这一次
      daybreak token list
      daybreak token revoke wang
help-token-add = 为人员或程序创建令牌并输出
help-token-add-arg-name = 审计记录中的名称
help-token-list = 列出名称
help-token-revoke = 作废令牌
help-token-revoke-arg-name = 作废谁的令牌
help-schema = 输出定义文件的 JSON Schema，供编辑器使用
help-schema-examples =
    示例:
      daybreak schema > flow.schema.json
help-completions = 输出 shell 补全脚本（补全说明为英文）
help-completions-arg-shell = shell 种类
help-completions-examples =
    示例:
      daybreak completions bash > ~/.local/share/bash-completion/completions/daybreak
      daybreak completions zsh > ~/.zfunc/_daybreak

## 只读的命令

help-status = 一屏看全夜
help-status-examples =
    示例:
      daybreak status
      daybreak status --platform yt --period 20130208
      daybreak status --json | jq .counts
help-list = 列出实例
help-list-arg-jobs = 程序或接口的名称；* 代表任意字符
help-list-arg-more_jobs = 与前面的名称相同，供脚本使用
help-list-arg-states = 只看这些状态：waiting、running、succeeded 等，或 open、failed、done、late、wrong、stale
help-list-arg-limit = 最多显示多少个
help-list-examples =
    示例:
      daybreak list
      daybreak list --state failed
      daybreak list 'dwd_*' --period 20130201..20130208
      daybreak list --feeds --state late
      daybreak list --state open --json | jq -r '.instances[].job'
help-show = 一个实例或一个程序的全部信息
help-show-arg-what = JOB@PERIOD 或 JOB
help-show-examples =
    示例:
      daybreak show dwd_flight@20130105   一个实例：状态、前置、执行记录
      daybreak show dwd_flight            程序：前置、后置、任务
help-why = 为什么还没跑？一直追到根因
help-why-examples =
    示例:
      daybreak why rpt_punctuality@20130208
      daybreak --lang zh-CN why rpt_punctuality@20130208
help-logs = 查看一次执行的输出
help-logs-arg-attempt = 第几次执行 [默认：最新一次]
help-logs-arg-follow = 持续显示，直到该次执行结束
help-logs-examples =
    示例:
      daybreak logs dwd_flight@20130105
      daybreak logs dwd_flight@20130105 --attempt 1
      daybreak logs -f dwd_flight@20130105
help-wait = 等到实例结束，或等到没有任何实例会自行继续
help-wait-arg-instances = 等到这些实例结束，或达到 --state 的状态
help-wait-arg-state = 要等的状态 [默认：任何不再变化的状态]
help-wait-arg-settled = 等到没有任何实例会自行继续：剩下的都在等人、等接口或等时间
help-wait-arg-quiet_for = 与 --settled 合用：仍有接口未到时，须多久没有新文件、没有变化
help-wait-arg-server = 等到服务器应答
help-wait-arg-timeout = 最多等多久 [默认：一直等]
help-wait-examples =
    示例:
      daybreak wait --server --timeout 30s               等到服务器应答
      daybreak wait rpt_punctuality@20130208             等到结束，不论结果
      daybreak wait dwd_flight@20130208 --state succeeded --timeout 2h
      daybreak wait --settled                            等到没有任何实例会自行继续
help-agents = 代理及其槽位
help-agents-examples =
    示例:
      daybreak agents
      daybreak agents --json
help-audit = 谁在何时做了什么，原因何在
help-audit-arg-limit = 最多显示多少条，从最新的开始
help-audit-examples =
    示例:
      daybreak audit
      daybreak audit --limit 500 --json

## 操作命令

help-apply = 使一个定义目录成为新版本，并显示差异
help-apply-arg-tree = 定义目录：须完整，其中没有的将被删除
help-apply-arg-dry_run = 只显示将有哪些变化
help-apply-arg-yes = 会删除程序时不询问
help-apply-examples =
    示例:
      daybreak apply flows --dry-run   查看将有哪些变化
      daybreak apply flows --why 'new report for the desk'
help-rerun = 重跑；加 --after 时连同全部后续
help-rerun-arg-after = 连同依赖它的全部程序：相同账期，以及包含该账期的更粗账期
help-rerun-arg-through_prev = 并沿 @prev 延伸到以后的账期
help-rerun-examples =
    示例:
      daybreak rerun dwd_flight@20130105
      daybreak rerun dwd_flight@20130105 --after --why 'source delivered again'
      daybreak rerun 'load_*@20130101..20130107' --after --yes
      daybreak rerun dwd_position@20130105 --after --through-prev --dry-run
help-pass = 强制通过：视为成功，等待它的程序继续
help-pass-examples =
    示例:
      daybreak pass mpp_flight@20130105 --why 'copied by hand, counts compared'
help-skip = 跳过：该账期不需要，等待它的程序继续，总数不计
help-skip-examples =
    示例:
      daybreak skip morning_mail@20130105 --why 'nobody reads it on Saturdays'
help-kill = 终止正在执行的程序及其全部进程，或取消待执行的
help-kill-examples =
    示例:
      daybreak kill dwd_flight@20130105 --why 'runs in a circle'
help-start = 手工启动：不再等时间，加 --force 时也不再等前置
help-start-arg-force = 前置也不再等
help-start-examples =
    示例:
      daybreak start DwaCarrierMonth@201301   仍须等待前置
      daybreak start DwaCarrierMonth@201301 --force --why 'confirmed by mail'
help-hold = 挂起，直到释放
help-hold-examples =
    示例:
      daybreak hold 'RptMorning*@20130105' --yes
      daybreak hold mpp_flight@20130105 --why 'database 24 is being patched'
help-release = 释放已挂起的实例
help-release-examples =
    示例:
      daybreak release mpp_flight@20130105
help-fail = 把结果无人能说清的执行判为失败
help-fail-examples =
    示例:
      daybreak fail dwd_flight@20130105 --why 'host is gone, checked that nothing of it runs'
help-feed = 声明接口已到，或本账期不送数
help-feed-examples =
    示例:
      daybreak feed empty feed_weather@2013020803 --why 'station was down'
      daybreak feed arrived feed_plane@201302
help-feed-empty = 该账期不送数：按空文件计，当天得以完成
help-feed-arrived = 接口已到
help-priority = 更改尚未派发的实例的优先级
help-priority-arg-priority = -100 到 100，大者优先；own 恢复程序自身的优先级
help-priority-examples =
    示例:
      daybreak priority 50 RptMorningBoard@20130208
      daybreak priority own RptMorningBoard@20130208   恢复程序自身的优先级
help-backfill = 补排若干日期的全部账期
help-backfill-arg-dates = 一天、一个月，或范围 FIRST..LAST
help-backfill-arg-dry_run = 只显示将补排什么
help-backfill-arg-yes = 超过一天时不询问
help-backfill-examples =
    示例:
      daybreak backfill 2013-01-05
      daybreak backfill 2013-01 --yes --why 'first load'
help-freeze = 冻结：解冻之前不派发任何任务，正在运行的继续
help-freeze-examples =
    示例:
      daybreak freeze --why 'tablespace full'
help-thaw = 解冻，恢复派发
help-thaw-examples =
    示例:
      daybreak thaw --why 'tablespace extended'
help-clock = 确认服务器时钟虽有跳变但正确
help-clock-examples =
    示例:
      daybreak clock confirm
      daybreak clock confirm --yes --why 'the host was restored from a snapshot'
help-clock-confirm = 时钟向前跳变且正确：因此已到时间的程序随即启动
help-clock-confirm-arg-yes = 不询问
help-drain = 不再向代理派发新任务，已有的继续
help-drain-examples =
    示例:
      daybreak drain local --why 'kernel update'
help-undrain = 恢复向已停止接收的代理派发
help-undrain-examples =
    示例:
      daybreak undrain local

## 多主机运行

help-scheduler = 运行多个调度器之一：基于 PostgreSQL 和 RabbitMQ，其中一个为主
help-scheduler-arg-config = 设置文件
help-scheduler-arg-show_settings = 只显示设置及其来源
help-scheduler-examples =
    示例:
      daybreak scheduler
      daybreak scheduler --config scheduler.toml --show-settings   有哪些设置、来自何处
help-agent = 在本机为其他主机上的调度器运行作业
help-agent-examples =
    示例:
      daybreak agent run
      daybreak agent run --config agent.toml --show-settings   有哪些设置、来自何处
help-agent-run = 为其他主机上的调度器运行作业
help-agent-run-arg-config = 设置文件
help-agent-run-arg-show_settings = 只显示设置及其来源
help-key = 调度器与代理互相识别的密钥
help-key-examples =
    示例:
      daybreak key new /etc/daybreak/agent.key   以及交给对方的 /etc/daybreak/agent.key.pub
help-key-new = 生成密钥对：FILE 仅限所有者，FILE.pub 交给信任方
help-key-new-arg-file = 文件；必须尚不存在
