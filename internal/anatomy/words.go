package anatomy

import "podlab/internal/text"

// What the rendered anatomy says, in both languages.
var words = struct {
	pod, node, noNode, ready, notReady, deleting, ip, noIP, sharesPID, hostNetwork              text.Text
	sandbox, noSandbox, sandboxReady, sandboxNotReady, pausePID, noPause, image, pinned         text.Text
	container, pid, inside, command, state, attempt, restarts, pid1, listening, holder, missing text.Text
	oldPause, nobody                                                                            text.Text
}{
	pod:         text.Text{EN: "pod", KO: "파드"},
	node:        text.Text{EN: "on %s", KO: "노드 %s"},
	noNode:      text.Text{EN: "on no node yet", KO: "아직 노드에 없음"},
	ready:       text.Text{EN: "ready", KO: "준비됨"},
	notReady:    text.Text{EN: "not ready", KO: "준비되지 않음"},
	deleting:    text.Text{EN: "being deleted", KO: "삭제되는 중"},
	ip:          text.Text{EN: "IP %s", KO: "IP 주소 %s"},
	noIP:        text.Text{EN: "no IP", KO: "IP 주소 없음"},
	sharesPID:   text.Text{EN: "shareProcessNamespace is set", KO: "shareProcessNamespace 켜짐"},
	hostNetwork: text.Text{EN: "hostNetwork is set", KO: "hostNetwork 켜짐"},

	sandbox:         text.Text{EN: "sandbox", KO: "샌드박스"},
	noSandbox:       text.Text{EN: "not known", KO: "알 수 없음"},
	sandboxReady:    text.Text{EN: "attempt %d, ready", KO: "시도 %d, 준비됨"},
	sandboxNotReady: text.Text{EN: "attempt %d, not ready", KO: "시도 %d, 준비되지 않음"},
	pausePID:        text.Text{EN: "its pause is pid %d on the node", KO: "pause는 노드의 pid %d"},
	noPause:         text.Text{EN: "its pause is gone", KO: "pause가 없어짐"},
	image:           text.Text{EN: "image %s", KO: "이미지 %s"},
	pinned:          text.Text{EN: "network namespace pinned at %s", KO: "네트워크 네임스페이스가 고정된 곳: %s"},

	container: text.Text{EN: "CONTAINER", KO: "컨테이너"},
	pid:       text.Text{EN: "PID", KO: "노드 PID"},
	inside:    text.Text{EN: "INSIDE", KO: "안쪽 PID"},
	command:   text.Text{EN: "COMMAND", KO: "명령"},
	state:     text.Text{EN: "STATE", KO: "상태"},
	attempt:   text.Text{EN: "ATTEMPT", KO: "시도"},
	restarts:  text.Text{EN: "RESTARTS", KO: "재시작"},
	pid1:      text.Text{EN: "PID 1 INSIDE", KO: "안쪽 PID 1"},
	listening: text.Text{EN: "LISTENING", KO: "듣는 주소"},
	holder:    text.Text{EN: "HELD BY", KO: "가진 프로세스"},
	missing:   text.Text{EN: "not known:", KO: "알 수 없는 것:"},

	oldPause: text.Text{EN: "(old pause)", KO: "(옛 pause)"},
	nobody:   text.Text{EN: "nobody", KO: "없음"},
}

// legend explains the cells that a table has.
var legend = []struct {
	whose Whose
	sign  string
	says  text.Text
}{
	{Node, "node", text.Text{EN: "the node's own", KO: "노드 자신의 네임스페이스"}},
	{Pause, "pause", text.Text{EN: "the pause's, shared with it", KO: "pause의 것, 함께 씀"}},
	{Shared, "=name", text.Text{EN: "shared with that container, not with the pause", KO: "pause가 아니라 그 컨테이너와 함께 씀"}},
	{Private, "private", text.Text{EN: "this container's alone", KO: "이 컨테이너만의 것"}},
	{Left, "-", text.Text{EN: "left: the process has exited (zombie)", KO: "끝난 프로세스(좀비)라 떠남"}},
	{Unknown, "?", text.Text{EN: "not known", KO: "알 수 없음"}},
}
