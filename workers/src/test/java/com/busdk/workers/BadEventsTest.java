package com.busdk.workers;

import com.busdk.workers.containers.BadContainerEvents;
import com.busdk.workers.podman.FakePodman;
import com.busdk.workers.podman.PodmanWorkerKind;
import com.busdk.workers.ssh.BadScriptEvents;
import com.busdk.workers.ssh.SshWorkerKind;
import com.busdk.workers.upcloud.UpCloudWorkerKind;
import com.busdk.workers.upcloud.testing.BadEvents;
import com.busdk.workers.upcloud.testing.BadEvents.Question;
import com.busdk.workers.upcloud.testing.Stack;
import com.busdk.workers.vm.VmWorkerKind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Garbage to every request event of every kind of worker, through a real events service. */
@Timeout(300)
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class BadEventsTest {
    private static final List<String> RUNTIMES = List.of(
            "{\"runtime\":7}",
            "{\"runtime\":[]}",
            "{\"runtime\":{}}",
            "{\"runtime\":true}",
            "{\"runtime\":\"\"}",
            "{\"runtime\":\"a b\"}",
            "{\"runtime\":\"../x\"}",
            "{\"runtime\":\"a\\u0000\"}",
            "{\"runtime\":\"" + "x".repeat(65) + "\"}",
            "{\"runtime\":\"" + "x".repeat(500_000) + "\"}");

    private static final Question[] VM = {
        Question.lenient("bus.vm.status.request", RUNTIMES),
        Question.lenient("bus.vm.start.request", RUNTIMES),
        Question.lenient("bus.vm.stop.request", RUNTIMES)
    };

    private static final Map<String, String> RUNNER =
            Map.of("container-runner-name", "runner", "container-events", "all");

    @TempDir
    private Path folder;

    private final Stack stack = new Stack();

    @AfterEach
    void stop() {
        stack.close();
    }

    private Map<String, String> inTheCloud(Map<String, String> more) {
        stack.cloud.machine("gpu", "started");
        stack.cloud.machine("runner", "started");
        Map<String, String> flags = new HashMap<>(more);
        flags.put("provider", "upcloud");
        flags.put("upcloud-api-url", stack.cloud.url().toString());
        flags.put("container-ssh-port", Integer.toString(stack.sshdPort()));
        flags.put("runner-delete-poll-interval", "10ms");
        return flags;
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByTheStaticVm() {
        return BadEvents.tests(stack, stack.worker(new VmWorkerKind(), Map.of()), VM);
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByTheVmOfTheCloud() {
        var worker = stack.worker(new UpCloudWorkerKind(), inTheCloud(Map.of("vm-name", "gpu")));
        return BadEvents.tests(stack, worker, VM);
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByThePretendedVmOfTheCloud() {
        return BadEvents.tests(stack, stack.worker(new UpCloudWorkerKind(), Map.of("vm-name", "gpu")), VM);
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByTheRunnerInTheCloud() {
        stack.ssh(Stack.prints("OK"));
        var worker = stack.worker(new UpCloudWorkerKind(), inTheCloud(RUNNER));
        return BadEvents.tests(stack, worker, BadContainerEvents.all());
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByThePretendedRunner() {
        return BadEvents.tests(stack, stack.worker(new UpCloudWorkerKind(), RUNNER), BadContainerEvents.all());
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByPodman() throws Exception {
        var podman = new FakePodman(folder);
        Map<String, String> flags = Map.of("podman", podman.program().toString(), "container-events", "all");
        var worker = stack.worker(new PodmanWorkerKind(), flags);
        return BadEvents.tests(stack, worker, BadContainerEvents.allOfOwnMachine());
    }

    @TestFactory
    Stream<DynamicTest> shouldBeAnsweredByTheSshRunner() throws Exception {
        BadScriptEvents scripts = BadScriptEvents.with(folder);
        return BadEvents.tests(stack, stack.worker(new SshWorkerKind(), scripts.flags()), scripts.questions())
                .onClose(scripts::close);
    }
}
