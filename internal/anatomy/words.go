package anatomy

import "podlab/internal/text"

// words has the texts of a rendered anatomy.
var words = struct {
	pod, node, noNode, ready, notReady, deleting, ip, noIP, sharesPID, hostNetwork                 text.Text
	sandbox, noSandbox, sandboxReady, sandboxNotReady, pausePID, noPause, image, pinned            text.Text
	container, pid, inside, command, state, attempt, restarts, pid1, listening, processes, missing text.Text
	oldPause, none                                                                                 text.Text
}{
	pod:         text.Text{EN: "pod", KO: "파드"},
	node:        text.Text{EN: "on %s", KO: "노드 %s"},
	noNode:      text.Text{EN: "not scheduled yet", KO: "아직 스케줄되지 않음"},
	ready:       text.Text{EN: "ready", KO: "준비됨"},
	notReady:    text.Text{EN: "not ready", KO: "준비되지 않음"},
	deleting:    text.Text{EN: "being deleted", KO: "삭제 중"},
	ip:          text.Text{EN: "IP %s", KO: "IP 주소 %s"},
	noIP:        text.Text{EN: "no IP", KO: "IP 주소 없음"},
	sharesPID:   text.Text{EN: "shareProcessNamespace is set", KO: "shareProcessNamespace 켜짐"},
	hostNetwork: text.Text{EN: "hostNetwork is set", KO: "hostNetwork 켜짐"},

	sandbox:         text.Text{EN: "sandbox", KO: "샌드박스"},
	noSandbox:       text.Text{EN: "unknown", KO: "알 수 없음"},
	sandboxReady:    text.Text{EN: "attempt %d, ready", KO: "시도 %d, 준비됨"},
	sandboxNotReady: text.Text{EN: "attempt %d, not ready", KO: "시도 %d, 준비되지 않음"},
	pausePID:        text.Text{EN: "pause has pid %d on the node", KO: "pause의 노드 PID %d"},
	noPause:         text.Text{EN: "pause has exited", KO: "pause가 종료됨"},
	image:           text.Text{EN: "image %s", KO: "이미지 %s"},
	pinned:          text.Text{EN: "network namespace pinned at %s", KO: "네트워크 네임스페이스 고정 경로 %s"},

	container: text.Text{EN: "CONTAINER", KO: "컨테이너"},
	pid:       text.Text{EN: "PID", KO: "노드 PID"},
	inside:    text.Text{EN: "INSIDE", KO: "안쪽 PID"},
	command:   text.Text{EN: "COMMAND", KO: "명령"},
	state:     text.Text{EN: "STATE", KO: "상태"},
	attempt:   text.Text{EN: "ATTEMPT", KO: "시도"},
	restarts:  text.Text{EN: "RESTARTS", KO: "재시작"},
	pid1:      text.Text{EN: "PID 1 INSIDE", KO: "안쪽 PID 1"},
	listening: text.Text{EN: "LISTENING", KO: "리슨 주소"},
	processes: text.Text{EN: "PROCESSES", KO: "프로세스"},
	missing:   text.Text{EN: "not observed:", KO: "관찰하지 못한 것:"},

	oldPause: text.Text{EN: "(old pause)", KO: "(이전 pause)"},
	none:     text.Text{EN: "none", KO: "없음"},
}

// legend explains the symbols of the matrix.
var legend = []struct {
	relation Relation
	symbol   string
	meaning  text.Text
}{
	{Node, "node", text.Text{EN: "the node's namespace", KO: "노드의 네임스페이스"}},
	{Pause, "pause", text.Text{EN: "the pause's namespace", KO: "pause의 네임스페이스"}},
	{Shared, "=name", text.Text{EN: "shared with that container, not with the pause", KO: "pause가 아니라 그 컨테이너와 공유"}},
	{Private, "private", text.Text{EN: "only this container's namespace", KO: "이 컨테이너 전용"}},
	{Left, "-", text.Text{EN: "none: the process has exited (zombie)", KO: "없음: 종료된 프로세스(좀비)"}},
	{Unknown, "?", text.Text{EN: "unknown", KO: "알 수 없음"}},
}
