package com.busdk.cli.workers;

import static com.busdk.cli.workers.WorkerStack.VM;
import static com.busdk.cli.workers.WorkerStack.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.client.event.Envelope;
import com.busdk.workers.vm.VmWorkerKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers as commands. */
class WorkerCommandTest {
    @TempDir
    Path directory;

    private WorkerStack stack;

    @BeforeEach
    void begin() throws Exception {
        stack = WorkerStack.start();
    }

    @AfterEach
    void end() throws Exception {
        stack.close();
    }

    private CommandLineRun with(String token) {
        return CommandLineRun.in(directory)
                .with("BUS_EVENTS_API_URL", stack.url().toString())
                .with("BUS_API_TOKEN", token);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm", "podman"})
    void shouldTryItselfOut(String worker) {
        CommandLineRun.Result result = CommandLineRun.in(directory).run("integration", worker, "--self-test");

        assertEquals(ExitCode.OK, result.code(), result.err());
        assertTrue(result.out().startsWith("OK "), result.out());
    }

    @Test
    void shouldAnswerToItsOwnName() {
        CommandLineRun.Result result =
                CommandLineRun.in(directory).as("bus-integration-vm").run("--self-test");

        assertEquals("OK vm worker\n", result.out(), result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm", "podman"})
    void shouldHelp(String worker) {
        CommandLineRun.Result result = CommandLineRun.in(directory).run("integration", worker, "--help");

        assertEquals(ExitCode.OK, result.code());
        for (String option : List.of("--group", "--once", "--self-test", "--health-addr", "--drain", "--events-url")) {
            assertTrue(result.out().contains(option), option);
        }
    }

    @Test
    void shouldEndAtOnceWhenTheTokenLacksAScope() {
        CommandLineRun.Result result = with(WorkerStack.serviceToken("vm:read")).run("integration", "vm");

        assertEquals(ExitCode.NO_PERMISSION, result.code());
        assertTrue(result.err().contains("vm:write"), result.err());
    }

    @Test
    void shouldEndAtOnceWhenTheTokenIsRefused() {
        CommandLineRun.Result result = with("no.good.token").run("integration", "vm");

        assertEquals(ExitCode.NO_PERMISSION, result.code(), result.err());
    }

    @Test
    void shouldEndAtOnceWhenThereIsNoToken() {
        CommandLineRun.Result result = CommandLineRun.in(directory)
                .with("BUS_EVENTS_API_URL", stack.url().toString())
                .run("integration", "vm");

        assertEquals(ExitCode.NO_PERMISSION, result.code(), result.err());
    }

    @Test
    void shouldHandleOneEventAndExit() throws Exception {
        // The group has to be there before the event that it is to get.
        await(stack.worker("vm", VM, new VmWorkerKind()::create).run().stop());
        await(stack.user("acc-1", VM)
                .publish(Envelope.builder("bus.vm.start.request").payload("{}").build()));

        CommandLineRun.Result result = with(WorkerStack.serviceToken(VM)).run("integration", "vm", "--once");

        assertEquals(ExitCode.OK, result.code(), result.err());
        assertEquals(
                1,
                stack.history(stack.user("acc-1", VM), "bus.vm.start.response").size());
    }

    @ParameterizedTest
    @CsvSource({
        "podman, --container-run-network, --privileged",
        "podman, --max-runs, 0",
        "podman, --container-events, some",
        "vm, --instances, 0",
        "vm, --vm-start-time, soon"
    })
    void shouldSayWhichOptionIsWrong(String worker, String option, String value) {
        CommandLineRun.Result result =
                with(WorkerStack.serviceToken(VM)).run("integration", worker, option + "=" + value);

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains(option), result.err());
    }

    @ParameterizedTest
    @CsvSource({
        "usage, --usage-backend, BUS_USAGE_DATABASE_URL, usage:write usage:read usage:delete",
        "billing, --store-backend, BUS_BILLING_DATABASE_URL, billing:read"
    })
    void shouldBeUnreachableWhileItsDatabaseIsNotThere(String worker, String option, String variable, String scopes) {
        CommandLineRun.Result result = with(WorkerStack.serviceToken(scopes))
                .with(variable, "postgres://bus:hunter2@127.0.0.1:1/bus")
                .run("integration", worker, option, "postgres");

        assertEquals(ExitCode.UNREACHABLE, result.code(), result.err());
        assertTrue(result.err().contains("postgres://bus@127.0.0.1:1/bus"), result.err());
    }

    @Test
    void shouldSayThatThereIsNoPodman() {
        CommandLineRun.Result result = with(WorkerStack.serviceToken(WorkerStack.CONTAINERS))
                .run(
                        "integration",
                        "podman",
                        "--podman",
                        directory.resolve("none").toString());

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("--podman"), result.err());
    }

    @Test
    void shouldServeHealth() throws Exception {
        WorkerStack.Started worker = stack.worker("vm", VM, new VmWorkerKind()::create, "health-addr", "127.0.0.1:0");
        String root = "http://127.0.0.1:" + worker.run().healthPort().orElseThrow();

        assertEquals("200 {\"ok\":true}", get(root + "/healthz"));
        assertEquals("200 {\"ok\":true}", get(root + "/readyz"));
        assertTrue(get(root + "/metrics").contains("\nbus_worker_ready{worker=\"vm\"} 1\n"));
        assertTrue(get(root + "/other").startsWith("404 {\"error\":{\"type\":\"not_found\""));
    }

    @Test
    void shouldNotBeReadyWithoutTheService() throws Exception {
        WorkerStack.Started worker = stack.begin(
                "vm", VM, new VmWorkerKind()::create, "health-addr", "127.0.0.1:0", "events-url", "http://127.0.0.1:1");
        String root = "http://127.0.0.1:" + worker.run().healthPort().orElseThrow();

        assertEquals("200 {\"ok\":true}", get(root + "/healthz"));
        assertTrue(get(root + "/readyz").startsWith("503 {\"error\":{\"type\":\"unavailable\""));
        assertTrue(get(root + "/metrics").contains("\nbus_worker_ready{worker=\"vm\"} 0\n"));
    }

    private static String get(String url) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }
}
