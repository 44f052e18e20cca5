package com.busdk.workers.ssh;

import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.run.WorkerSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code bus integration ssh-runner}: runs scripts over SSH. Stateless; any thread may call. */
public final class SshWorkerKind implements WorkerKind {
    private static final List<WorkerFlag> FLAGS = List.of(
            WorkerFlag.file(
                    "ssh-private-key",
                    "OpenSSH private key to log in with (BUS_SSH_RUNNER_PRIVATE_KEY);"
                            + " its passphrase is BUS_SSH_RUNNER_KEY_PASSPHRASE; required"),
            WorkerFlag.file(
                    "ssh-known-hosts",
                    "host keys that are known (BUS_SSH_RUNNER_KNOWN_HOSTS); default ~/.ssh/known_hosts; its lines"
                            + " with @cert-authority do not count"),
            WorkerFlag.toggle("ssh-accept-new", "learn the key of a host that is not known; a changed one is refused"),
            WorkerFlag.value("max-sessions", "N", "most scripts at a time of this process; default 64"),
            WorkerFlag.value("connect-timeout", "DURATION", "longest wait for a host to answer; default 10s"),
            WorkerFlag.value("script-timeout", "DURATION", "longest run of a script that names none; default 30m"),
            WorkerFlag.value("idle-timeout", "DURATION", "keep a connection that nobody uses; default 1m"),
            WorkerFlag.value("keep-alive", "DURATION", "ask a silent host whether it is there; default 5s"),
            WorkerFlag.value(
                    "output-limit",
                    "SIZE",
                    "most bytes kept of each output; default 1MiB. Both together have the room of an event, which is"
                            + " --max-event-bytes less 16KiB, in any case"),
            WorkerFlag.value("max-event-bytes", "SIZE", "largest event of the events service; default 1MiB"));

    private static final ScriptRequest.NetworkBootstrap SAMPLE =
            new ScriptRequest.NetworkBootstrap(true, "mac-match", List.of("192.0.2.1"), "02:00:00:00:00:01");

    @Override
    public String name() {
        return SshRunner.NAME;
    }

    @Override
    public String description() {
        return "Runs the scripts of bus.ssh.script.run.request over SSH on the machines they name, and answers with"
                + " their output. Host keys have to be known. Its token needs ssh:run.";
    }

    @Override
    public List<WorkerFlag> flags() {
        return FLAGS;
    }

    /** Reads the private key: not for an event loop. */
    @Override
    public WorkerSet create(WorkerContext context) {
        Map<String, String> own = new HashMap<>(context.flags());
        own.keySet().retainAll(SshRunnerOptions.FLAGS);
        SshRunnerOptions options = SshRunnerOptions.read(own, context.environment());
        SshRunner runner = SshRunner.create(options);
        WorkerContext.Part scripts = new WorkerContext.Part(
                        List.of(SshRunner.REQUEST),
                        share(options.maxSessions(), context.settings().instances()))
                .withMaxDeliveries(SshRunner.MAX_DELIVERIES);
        return new WorkerSet(context.workers(runner, List.of(scripts)), List.of(new Runs(context, runner)));
    }

    /** What each instance takes, so that no more requests wait in this process for their turn than need be. */
    private static int share(int sessions, int instances) {
        return Math.ceilDiv(sessions, instances);
    }

    @Override
    public Future<String> selfTest(Vertx vertx) {
        boolean quoted = RemotePrograms.quote("it's $(one)").equals("'it'\\''s $(one)'");
        boolean matched = Netplan.render(SAMPLE).orElse("").contains(SAMPLE.interfaceMac());
        return quoted && matched
                ? Future.succeededFuture("OK ssh-runner worker")
                : Future.failedFuture(
                        new IllegalStateException("scripts or netplan files are not written as they have to be"));
    }

    /** What the runner has beside its worker: it heeds cancellations, and ends what is left. */
    private record Runs(WorkerContext context, SshRunner runner) implements WorkerResource {
        @Override
        public Future<Void> start() {
            return runner.listenToCancellations(context.client());
        }

        @Override
        public Future<Void> stop() {
            return runner.close();
        }

        @Override
        public Future<Void> broken() {
            return runner.deaf();
        }
    }
}
