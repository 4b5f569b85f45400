package lab_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/lab"
)

// TestBroken checks that Load reports each mistake once, with its position, and
// nothing else.
func TestBroken(t *testing.T) {
	const setup = "- apply: manifests/nginx-shell.yaml\n- wait: {pod: nginx, until: pod.ready, within: 60s}\ntasks:"
	long := strings.Repeat("a", 51)
	_, depTasks, _ := strings.Cut(string(good(t)[depYAML].Data), "ko: 배포}\n")
	for _, c := range []struct {
		name, file, old, replacement string
		want                         string // one problem a line
	}{
		// YAML
		{"syntax", labYAML, "total: 30", "total: [", labYAML + `:8: did not find expected node content`},
		{"two documents", labYAML, "total: 30", "total: 30\n---\na: b", labYAML + `: must have one YAML document, not 2`},
		{"no document", labYAML, string(good(t)[labYAML].Data), "# nothing\n", labYAML + `: must have one YAML document, not 0`},
		{"not a mapping", killYAML, string(good(t)[killYAML].Data), "- a\n", killYAML + `:1:1: must be a mapping of fields to values`},
		{"unknown field", labYAML, "total: 30", "total: 30\nponits: 3", labYAML + `:8:1: unknown field "ponits": the fields are apiVersion, kind, name, title, summary, cluster, total, scenarios`},
		{"key twice", labYAML, "total: 30", "total: 30\ntotal: 30", labYAML + `:8:1: duplicate field "total"`},
		{"anchor", killYAML, "title: {en: Kill", "title: &t {en: Kill", killYAML + `:4:8: anchors and aliases are not supported: repeat the value`},
		{"number for a text", killYAML, "- name: which-pid", "- name: 5", killYAML + ":44:9: must be a text"},
		{"text for a number", labYAML, "total: 30", "total: thirty", labYAML + ":7:8: must be a number"},
		{"text for a boolean", killYAML, "mayFail: true", "mayFail: yes please", killYAML + ":20:68: must be true or false"},
		{"one for a list", killYAML, "needs: [cgroup-v1]", "needs: cgroup-v1", killYAML + ":5:8: must be a list"},
		{"list for a text", killYAML, "name: kill-pause", "name: [kill-pause]", killYAML + ":3:7: must be a text"},
		{"missing field", labYAML, "cluster: kind.yaml\n", "", kindYAML + ": nothing uses this file\n" + labYAML + ":1:1: cluster is missing"},
		{"empty text", labYAML, "cluster: kind.yaml", `cluster: ""`, kindYAML + ": nothing uses this file\n" + labYAML + ":6:10: cluster is empty"},
		{"null", killYAML, "name: kill-pause", "name:", killYAML + ":3:6: must be a text"},
		// Kind and version
		{"another kind", killYAML, "kind: Scenario", "kind: Lab", killYAML + ":2:7: kind must be Scenario"},
		{"no kind", killYAML, "kind: Scenario\n", "", killYAML + ":1:1: kind is missing"},
		{"another's version", killYAML, "podlab/v1alpha1", "v1", killYAML + ":1:13: apiVersion must be podlab/v1alpha1"},
		// Texts
		{"no Korean", killYAML, "ko: pause 프로세스 죽이기", "kr: x", killYAML + ":4:8: ko is missing\n" + killYAML + `:4:37: unknown field "kr": the fields are en, ko`},
		{"empty Korean", killYAML, "ko: pause 프로세스 죽이기", "ko: ' '", killYAML + ":4:41: ko is empty"},
		{"no English", killYAML, "{en: In its new sandbox., ko:", "{ko:", killYAML + ":36:10: en is missing"},
		// The lab
		{"another name than the folder", labYAML, "name: lab-2", "name: lab-3", labYAML + ":3:7: name must be lab-2, like the folder"},
		{"no name for Kubernetes", labYAML, "name: lab-2", "name: Lab_2", labYAML + `:3:7: "Lab_2" is not a valid name: use a-z, 0-9 and -, at most 63 characters, without - at either end` + "\n" +
			labYAML + ":3:7: name must be lab-2, like the folder"},
		{"points", labYAML, "kill: 10,", "kill: 11,", labYAML + ":7:8: total is 30, but the points add up to 31"},
		{"no points", labYAML, "kill: 10,", "kill: 0,", labYAML + ":7:8: total is 30, but the points add up to 20\n" + labYAML + ":10:11: kill must have at least 1 point"},
		{"unknown task", labYAML, "kill: 10,", "kil: 10,", labYAML + `:10:11: kill-pause has no task "kil": its tasks are kill, which-pid` + "\n" + labYAML + ":10:11: task kill of kill-pause has no points"},
		{"unknown scenario", labYAML, "scenario: deploy", "scenario: deplay", labYAML + `:11:13: there is no scenario "deplay": choose one of deploy, kill-pause` + "\n" +
			depYAML + ":3:7: no lab has this scenario"},
		{
			"scenario twice", labYAML, "- scenario: deploy\n  points: {answers: 15}", "- scenario: deploy\n  points: {answers: 10}\n- scenario: deploy\n  points: {answers: 5}",
			labYAML + `:13:13: duplicate scenario "deploy"`,
		},
		{
			"no scenarios", labYAML, "scenarios:\n- scenario: kill-pause\n  points: {kill: 10, which-pid: 5}\n- scenario: deploy\n  points: {answers: 15}", "scenarios: []",
			labYAML + ":7:8: total is 30, but the points add up to 0\n" + labYAML + ":8:12: the lab has no scenario\n" +
				depYAML + ":3:7: no lab has this scenario\n" + killYAML + ":3:7: no lab has this scenario",
		},
		{"cluster elsewhere", labYAML, "cluster: kind.yaml", "cluster: ../lab-2/kind.yaml", kindYAML + ": nothing uses this file\n" + labYAML + `:6:10: there is no file "../lab-2/kind.yaml" beside lab.yaml`},
		{"cluster not kind's", kindYAML, "kind.x-k8s.io/v1alpha4", "v1", kindYAML + ":1:1: must be a Cluster of kind.x-k8s.io/v1alpha4"},
		{"cluster with a name", kindYAML, "kind: Cluster", "kind: Cluster\nname: mine", kindYAML + ":1:1: remove name: podlab names the cluster"},
		{"cluster twice", kindYAML, "nodes:", "kind: Cluster\nnodes:", kindYAML + `:3: mapping key "kind" already defined at line 1`},
		{"cluster of two", kindYAML, "nodes:", "---\nnodes:", kindYAML + ": must have one YAML document, not 2"},
		{"cluster syntax", kindYAML, "nodes: [", "nodes: [[", kindYAML + ":2: did not find expected ',' or ']'"},
		// The scenario
		{"scenario's name", killYAML, "name: kill-pause", "name: kill-it", killYAML + ":3:7: name must be kill-pause, like the folder"},
		{"scenario's long name", killYAML, "name: kill-pause", "name: " + long, killYAML + `:3:7: "` + long + `" is not a valid name: use a-z, 0-9 and -, at most 50 characters, without - at either end` + "\n" +
			killYAML + ":3:7: name must be kill-pause, like the folder"},
		{"unknown need", killYAML, "needs: [cgroup-v1]", "needs: [gpu]", killYAML + `:5:9: unknown need "gpu": choose one of registry, cgroup-v1, cgroup-v2, amd64, arm64, vxlan`},
		{"need twice", killYAML, "needs: [cgroup-v1]", "needs: [amd64, amd64]", killYAML + `:5:16: duplicate need "amd64"`},
		{"no tasks", depYAML, depTasks, "tasks: []\n", labYAML + `:12:11: deploy has no task "answers": its tasks are ` + "\n" + depYAML + ":5:8: the scenario has no task\n" + webYAML + ": no scenario applies this manifest"},
		// Tasks
		{"task twice", killYAML, "- name: which-pid", "- name: kill", labYAML + `:10:11: kill-pause has no task "which-pid": its tasks are kill, kill` + "\n" + killYAML + `:44:9: duplicate task "kill"`},
		{"task's name", killYAML, "- name: which-pid", "- name: Which", labYAML + `:10:11: kill-pause has no task "which-pid": its tasks are kill, Which` + "\n" + labYAML + ":10:11: task Which of kill-pause has no points\n" +
			killYAML + `:44:9: "Which" is not a valid name: use a-z, 0-9 and -, at most 63 characters, without - at either end`},
		{"prompt and question", killYAML, "  prompt: {en: Kill it., ko: 죽이세요.}", "  prompt: {en: a, ko: b}\n  question: {en: a, ko: b}", killYAML + ":12:13: a task has either a prompt or a question"},
		{"neither", killYAML, `  question: {en: "Which pid?", ko: "어떤 pid?"}` + "\n", "", killYAML + ":44:3: a task needs a prompt or a question"},
		{"answer to a prompt", killYAML, "  observe:\n  - name: page\n    exec", "  answer: pod.uid\n  observe:\n  - name: page\n    exec", killYAML + ":21:11: a task with a prompt cannot have answer"},
		{"wrong for a prompt", killYAML, "  observe:\n  - name: page\n    exec", "  wrong: [{answer: pod.uid, why: {en: a, ko: b}}]\n  observe:\n  - name: page\n    exec", killYAML + ":21:10: a task with a prompt cannot have wrong"},
		{"solution of a question", killYAML, "  answer: pod.sandbox.pid", "  answer: pod.sandbox.pid\n  solve: [{delete: {pod: nginx}}]", killYAML + ":47:10: a task with a question cannot have solve"},
		{"checks of a question", killYAML, "  answer: pod.sandbox.pid", "  answer: pod.sandbox.pid\n  checks: []", killYAML + ":47:11: a task with a question cannot have checks"},
		{"mutants of a question", killYAML, "  answer: pod.sandbox.pid", "  answer: pod.sandbox.pid\n  mutants: []", killYAML + ":47:12: a task with a question cannot have mutants"},
		{"no answer", killYAML, "  answer: pod.sandbox.pid\n", "", killYAML + ":44:3: the task needs answer"},
		{"no wrong answer", killYAML, "  wrong:\n  - answer: pod.containers.nginx.pid\n    why: {en: That is nginx., ko: 그것은 nginx입니다.}\n", "  wrong: []\n", killYAML + ":47:10: the task needs wrong"},
		{
			"no solution", depYAML, "  solve:\n  - apply: scenarios/deploy/web.yaml\n  - wait: {until: \"pods.exists(name, name.startsWith('web-'))\", within: 1m30s}\n", "",
			depYAML + ":6:3: the task needs solve\n" + webYAML + ": no scenario applies this manifest",
		},
		{"no checks", depYAML, depChecks, "", depYAML + ":6:3: the task needs checks\n" + depYAML + ":14:11: no expression reads got.page\n" + depYAML + `:21:13: the task has no check "the page is there"`},
		{"no hints", depYAML, "  hints:\n  - {say: {en: kubectl apply., ko: kubectl apply.}}\n", "", depYAML + ":6:3: hints is missing"},
		{"empty hints", depYAML, "  hints:\n  - {say: {en: kubectl apply., ko: kubectl apply.}}\n", "  hints: []\n", depYAML + ":20:10: the task needs hints"},
		{"no mutants", depYAML, depMutants, "", depYAML + ":6:3: the task needs mutants"},
		// Checks and mutants
		{"check twice", killYAML, "name: nginx answers again", "name: the pod is still the same object", killYAML + `:32:11: duplicate check "the pod is still the same object"`},
		{"check with a slash", depYAML, "- name: the page is there", "- name: a/b", depYAML + `:17:11: "a/b" must be one line, without a slash and without spaces at its ends` + "\n" + depYAML + `:25:13: the task has no check "the page is there"`},
		{"check with a line end", killYAML, "name: nginx answers again", `name: "nginx\nanswers"`, killYAML + `:32:11: "nginx\nanswers" must be one line, without a slash and without spaces at its ends`},
		{"check with a long name", killYAML, "name: nginx answers again", "name: " + long + long, killYAML + ":32:11: a name has at most 100 characters: move the rest to why"},
		{"unknown check of a mutant", depYAML, "fails: [the page is there]", "fails: [the page]", depYAML + `:25:13: the task has no check "the page"`},
		{"a mutant's check twice", depYAML, "fails: [the page is there]", "fails: [the page is there, the page is there]", depYAML + `:25:32: duplicate check "the page is there"`},
		{"a mutant that fails nothing", depYAML, "fails: [the page is there]", "fails: []", depYAML + ":25:12: mutant the service is gone must fail at least one check"},
		{
			"mutant twice", killYAML, "- name: which-pid", "  - {name: deleted and created again instead, steps: [], fails: [nginx answers again]}\n- name: which-pid",
			killYAML + `:44:12: duplicate mutant "deleted and created again instead"`,
		},
		// Expressions
		{"syntax of an expression", killYAML, "expect: pod.uid == start.pod.uid", "expect: pod.uid ==", killYAML + ":28:23: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"},
		{"type of an expression", killYAML, "expect: pod.uid == start.pod.uid", "expect: pod.uid", killYAML + ":28:16: must be true or false, not string"},
		{"no expression", killYAML, "expect: pod.uid == start.pod.uid", "expect: [pod.uid]", killYAML + ":28:13: must be an expression"},
		{"empty expression", killYAML, "expect: pod.uid == start.pod.uid", "expect: ''", killYAML + ":28:13: must be an expression"},
		{"in a quoted text", depYAML, "name.startsWith('web-'))", "name.size('web-'))", depYAML + ":12:47: found no matching overload for 'size' applied to 'string.(string)'"},
		{"in a folded text", killYAML, "        pod.ready\n      within", "        pod.redy\n      within", killYAML + ":15:14: undefined field 'redy'"},
		{"in show", killYAML, `log: got.log.stdout.split("\n").size()`, "log: got.log.stdot", killYAML + ":31:19: undefined field 'stdot'"},
		{"in a hint", killYAML, "when: pod.sandbox.attempt == start.pod.sandbox.attempt", "when: pod.sandbox.attempt", killYAML + ":38:23: must be true or false, not int"},
		{"in a wrong answer", killYAML, "- answer: pod.containers.nginx.pid", "- answer: pod.containers.nginx", killYAML + ":48:27: must be a number, a text, true or false, or a list of them, not Container"},
		{"in a pid", killYAML, "process: pod.sandbox.pid", "process: pod.sandbox.id", killYAML + ":13:34: must be a pid (a number), not string"},
		{"start in the setup", killYAML, "until: pod.ready, within: 60s}\ntasks", "until: pod.uid == start.pod.uid, within: 60s}\ntasks", killYAML + ":8:29: the setup cannot read start, which is recorded when the setup ends"},
		{"observation in a solution", killYAML, "        pod.ready\n      within", "        got.page.exit == 0\n      within", killYAML + ":15:14: undeclared reference to 'got'"},
		{"pod where there is none", depYAML, "expect: got.page.status == 200 &&", "expect: pod.ready && got.page.status == 200 &&", depYAML + ":17:5: the expression needs a pod, but no manifest of the scenario has one: set pod"},
		{"node where there is none", depYAML, "  node: worker\n", "", depYAML + ":16:5: the expression needs a pod, but no manifest of the scenario has one: set pod"},
		// Pods and containers
		{"unknown pod", killYAML, "- wait: {pod: nginx, until: pod.ready, within: 60s}\ntasks", "- wait: {pod: ngnix, until: pod.ready, within: 60s}\ntasks", killYAML + `:8:15: no manifest of the scenario has a pod "ngnix": the pods are nginx`},
		{"pod's name", depYAML, `wait: {until: "`, `wait: {pod: Web, until: "`, depYAML + `:12:17: "Web" is not a valid name: use a-z, 0-9 and -, at most 253 characters, without - at either end`},
		{
			"several pods", killYAML, setup, "- apply: manifests/nginx-shell.yaml\n- apply: scenarios/kill-pause/other.yaml\n- wait: {until: pod.ready, within: 60s}\ntasks:",
			killYAML + ":9:9: the expression needs a pod, but the scenario has several: set pod to one of nginx, other\n" +
				killYAML + ":24:11: exec needs a pod, but the scenario has several: set pod to one of nginx, other\n" +
				killYAML + ":45:3: the expression needs a pod, but the scenario has several: set pod to one of nginx, other",
		},
		{"unknown container", killYAML, "logs: {container: nginx}", "logs: {container: ngnix}", killYAML + `:25:23: pod nginx has no container "ngnix": its containers are nginx, shell`},
		{"which container", killYAML, "logs: {container: nginx}", "logs: {}", killYAML + ":25:11: pod nginx has several containers: set container to one of nginx, shell"},
		{"container of a pod not written down", depYAML, "fetch: {port: 30000}", "logs: {pod: web-x}", depYAML + ":15:11: set container: no manifest has the containers of pod web-x\n" + depYAML + ":18:21: undefined field 'status'"},
		// Steps
		{"no verb", killYAML, "- signal: {process: pod.sandbox.pid, signal: KILL}", "- {}", killYAML + ":13:5: must have exactly one of apply, delete, exec, signal, wait, install, debug, not 0"},
		{"two verbs", killYAML, "- signal: {process: pod.sandbox.pid, signal: KILL}", "- signal: {process: pod.sandbox.pid, signal: KILL}\n    delete: {pod: nginx}", killYAML + ":13:5: must have exactly one of apply, delete, exec, signal, wait, install, debug, not 2"},
		{"no manifest", depYAML, "apply: scenarios/deploy/web.yaml", "apply: scenarios/deploy/wub.yaml", depYAML + `:11:12: there is no manifest "scenarios/deploy/wub.yaml" in manifests or scenarios/deploy` + "\n" + webYAML + ": no scenario applies this manifest"},
		{"another's manifest", killYAML, "  solve:\n", "  solve:\n  - apply: scenarios/deploy/web.yaml\n", killYAML + `:13:12: there is no manifest "scenarios/deploy/web.yaml" in manifests or scenarios/kill-pause`},
		{"unknown signal", killYAML, "signal: KILL", "signal: kill", killYAML + ":13:48: unknown signal \"kill\": choose one of HUP, INT, QUIT, ILL, TRAP, ABRT, BUS, FPE, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM, CHLD, CONT, STOP, TSTP, TTIN, TTOU, WINCH"},
		{"no duration", killYAML, "within: 90s", "within: 90", killYAML + ":18:15: must be a duration, such as 90s or 1m30s"},
		{"negative duration", killYAML, "within: 90s", "within: -1s", killYAML + ":18:15: must be a duration, such as 90s or 1m30s"},
		{"no time", killYAML, "within: 90s", "within: 0s", killYAML + ":18:15: must be more than 0s and at most 15m0s"},
		{"too long", killYAML, "within: 90s", "within: 16m", killYAML + ":18:15: must be more than 0s and at most 15m0s"},
		{"wait without a timeout", killYAML, "      within: 90s\n", "", killYAML + ":15:7: within is missing"},
		{"no command", killYAML, "argv: [crictl, ps]", "argv: []", killYAML + ":19:32: argv must name a command"},
		{"empty command", killYAML, "argv: [crictl, ps]", "argv: ['']", killYAML + ":19:32: argv must name a command"},
		{"exec in two places", killYAML, "exec: {node: worker,", "exec: {node: worker, pod: nginx,", killYAML + ":19:11: exec takes either a node, or a pod and a container"},
		{"exec in no pod", depYAML, "  solve:\n", "  solve:\n  - exec: {argv: [ls]}\n", depYAML + ":11:11: exec needs a pod, but no manifest of the scenario has one: set pod"},
		{"delete both", killYAML, "delete: {pod: nginx, grace: 0s}", "delete: {pod: nginx, kind: Pod, name: nginx}", killYAML + ":42:28: delete takes either a pod, or a kind and a name"},
		{"delete half", depYAML, "delete: {kind: Service, name: web}", "delete: {kind: Service}", depYAML + ":24:22: delete needs both a kind and a name"},
		{"delete nonsense", depYAML, "delete: {kind: Service, name: web}", "delete: {kind: Service, name: Web}", depYAML + `:24:44: "Web" is not a valid Kubernetes name`},
		{"delete nothing", depYAML, "delete: {kind: Service, name: web}", "delete: {}", depYAML + ":24:22: delete needs a pod, but no manifest of the scenario has one: set pod"},
		// Observations
		{"observation twice", killYAML, "- name: log\n", "- name: page\n", killYAML + ":24:11: duplicate observation \"page\"\n" + killYAML + ":31:15: undefined field 'log'"},
		{"observation's name", killYAML, "- name: log\n", "- name: the-log\n", killYAML + ":24:11: \"the-log\" must be an identifier: a lower-case letter, then letters and digits\n" +
			killYAML + ":31:15: undefined field 'log'"},
		{"no observation", killYAML, "    logs: {container: nginx}\n", "", killYAML + ":24:5: must have exactly one of exec, logs, fetch, get, list, inspect, kubeconfig, not 0"},
		{"unread observation", killYAML, "    show:\n      log: got.log.stdout.split(\"\\n\").size()\n", "", killYAML + ":24:11: no expression reads got.log"},
		{"observation that may fail", killYAML, "argv: [wget, -qO-, localhost]}", "argv: [wget], mayFail: true}", killYAML + ":23:53: an observation cannot have mayFail: got.NAME.exit is the exit code"},
		{"no port", depYAML, "port: 30000", "port: 70000", depYAML + ":15:19: 70000 is not a port"},
		{"value's name", killYAML, "argv: [crictl, ps]", "argv: [crictl, $(pid)], with: {pid: pod.sandbox.pid}", killYAML + `:19:56: "pid" must be a name in capital letters, digits and _`},
		{"value that is there", killYAML, "argv: [crictl, ps]", "argv: [crictl, $(KUBENAMESPACE)], with: {KUBENAMESPACE: pod.uid}", killYAML + ":19:66: $(KUBENAMESPACE) is predefined: choose another name"},
		{"unused value", killYAML, "argv: [crictl, ps]", "argv: [crictl, ps], with: {PID: pod.sandbox.pid}", killYAML + ":19:52: neither argv nor stdin uses $(PID)"},
		{"value that is none", killYAML, "argv: [crictl, ps]", "argv: [crictl, $(P)], with: {P: pod.sandbox}", killYAML + ":19:61: must be a number, a text, or true or false, not Sandbox"},
		{"value of no pod", depYAML, "  solve:\n", "  solve:\n  - exec: {node: worker, argv: [echo, $(P)], with: {P: pod.uid}}\n", depYAML + ":11:11: the expression needs a pod, but no manifest of the scenario has one: set pod"},
		{"unknown program", killYAML, "  solve:\n", "  solve:\n  - install: {node: worker, program: sh, path: /podlab/$(KUBENAMESPACE)/sh}\n", killYAML + `:13:38: unknown program "sh": choose one of noreap, orphan, pause, tiny, waitstat`},
		{"program elsewhere", killYAML, "  solve:\n", "  solve:\n  - install: {node: worker, program: pause, path: /podlab/$(KUBENAMESPACE)/../../bin/sh}\n", killYAML + ":13:51: the path must be below /podlab/$(KUBENAMESPACE)/"},
		{"debug of no container", killYAML, "  solve:\n", "  solve:\n  - debug: {container: x, image: nginx, target: y}\n", killYAML + `:13:49: pod nginx has no container "y": its containers are nginx, shell, x`},
		{"get of nothing", killYAML, "logs: {container: nginx}", "get: {apiVersion: v1, kind: Node}", killYAML + ":25:10: get takes either a name or a node"},
		{"list of no kind", killYAML, "logs: {container: nginx}", `list: {apiVersion: v1, kind: ""}`, killYAML + ":25:34: kind is empty"},
		{"path without slash", depYAML, "port: 30000", "port: 30000, path: x", depYAML + `:15:32: the path "x" must begin with a slash`},
		// Manifests
		{"manifest syntax", podYAML, "kind: Pod", "kind: [Pod", podYAML + ":1: did not find expected ',' or ']'"},
		{"manifest key twice", podYAML, "kind: Pod", "kind: Pod\nkind: Pod", podYAML + `:3: mapping key "kind" already defined at line 2`},
		{"manifest without kind", podYAML, "kind: Pod\n", "", podYAML + ":1:1: the object has no kind"},
		{"manifest without a name", podYAML, "  name: nginx\n", "  labels: {}\n", podYAML + ":1:1: the object has no metadata.name"},
		{"manifest's name", podYAML, "  name: nginx\n", "  name: nginx_1\n", podYAML + `:1:1: "nginx_1" is not a valid Kubernetes name`},
		{"nothing in a manifest", webYAML, string(good(t)[webYAML].Data), "# none\n", webYAML + ": the manifest has no objects"},
		{"object twice", webYAML, "kind: Service", "kind: Deployment", webYAML + ":10:1: duplicate object Deployment web"},
		{"outside of kube namespaces", webYAML, "kind: Service", "kind: ClusterRole", webYAML + ":10:1: a ClusterRole does not belong to a kube namespace, so podlab would not clean it up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := good(t)
			if c.name == "several pods" {
				fsys["scenarios/kill-pause/other.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: other}\n")}
			}
			edit(t, fsys, c.file, c.old, c.replacement)
			problems(t, fsys, c.want)
		})
	}
}

// TestFiles checks unused and missing files.
func TestFiles(t *testing.T) {
	empty := &fstest.MapFile{}
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"stray file", func(f fstest.MapFS) { f["scenarios/kill-pause/notes.md"] = empty }, "scenarios/kill-pause/notes.md: nothing uses this file"},
		{"stray folder", func(f fstest.MapFS) { f["labs/lab-2/img/a.png"] = empty }, "labs/lab-2/img/a.png: nothing uses this file"},
		{"stray manifest", func(f fstest.MapFS) { f["manifests/b.yaml"] = f[podYAML] }, "manifests/b.yaml: no scenario applies this manifest"},
		{"file beside labs", func(f fstest.MapFS) { f["labs/README.md"] = empty }, "labs/README.md: nothing uses this file"},
		{"folder of no scenario", func(f fstest.MapFS) { f["scenarios/x/web.yaml"] = f[podYAML] }, "scenarios/x/web.yaml: no scenario applies this manifest"},
		{"no README", func(f fstest.MapFS) { delete(f, "labs/lab-2/README.md") }, "labs/lab-2/README.md: the lab has no text in this language"},
		{"no Korean README", func(f fstest.MapFS) { delete(f, "labs/lab-2/README.ko.md") }, "labs/lab-2/README.ko.md: the lab has no text in this language"},
		{"empty README", func(f fstest.MapFS) { f["labs/lab-2/README.md"] = empty }, "labs/lab-2/README.md: the lab's text is empty"},
		{"no cluster", func(f fstest.MapFS) { delete(f, kindYAML) }, labYAML + `:6:10: there is no file "kind.yaml" beside lab.yaml`},
		{"cluster in a folder", func(f fstest.MapFS) {
			f["labs/lab-2/sub/kind.yaml"] = f[kindYAML]
			edit(t, f, labYAML, "cluster: kind.yaml", "cluster: sub/kind.yaml")
		}, kindYAML + ": nothing uses this file\n" + labYAML + ":6:10: there is no file \"sub/kind.yaml\" beside lab.yaml\n" +
			"labs/lab-2/sub/kind.yaml: nothing uses this file"},
		{"no manifests", func(f fstest.MapFS) { delete(f, podYAML) }, "manifests: the content has no such folder\n" +
			killYAML + `:7:10: there is no manifest "manifests/nginx-shell.yaml" in manifests or scenarios/kill-pause` + "\n" +
			killYAML + `:42:56: there is no manifest "manifests/nginx-shell.yaml" in manifests or scenarios/kill-pause`},
		{"no lab", func(f fstest.MapFS) {
			f["labs/.keep"] = empty
			for _, name := range []string{labYAML, kindYAML, "labs/lab-2/README.md", "labs/lab-2/README.ko.md"} {
				delete(f, name)
			}
		}, "labs: the content has no lab\n" + depYAML + ":3:7: no lab has this scenario\n" + killYAML + ":3:7: no lab has this scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := good(t)
			c.change(fsys)
			problems(t, fsys, c.want)
		})
	}
	hidden := good(t)
	hidden["labs/.DS_Store"], hidden["scenarios/.git/config"] = empty, empty
	if _, err := lab.Load(hidden); err != nil {
		t.Errorf("hidden files: %v", err)
	}
}

const (
	depChecks = "  checks:\n  - name: the page is there\n" +
		"    expect: got.page.status == 200 && node.listeners.exists(l, l.port == 10250)\n" +
		"    why: {en: Through the node., ko: 노드를 통해서.}\n"
	depMutants = "  mutants:\n  - name: the service is gone\n" +
		"    steps: [{delete: {kind: Service, name: web}}, {signal: {process: node.init.pid, signal: HUP}}, " +
		"{wait: {until: node.init.pid == 1, within: 1s}}]\n    fails: [the page is there]\n"
)

func problems(t *testing.T, fsys fs.FS, want string) {
	t.Helper()
	_, err := lab.Load(fsys)
	var got lab.Problems
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want problems:\n%s", err, want)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got.Error(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
