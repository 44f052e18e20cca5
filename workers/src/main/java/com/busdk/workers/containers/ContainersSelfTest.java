package com.busdk.workers.containers;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/** Tries out what all container workers share, in memory. Stateless. */
public final class ContainersSelfTest {
    private ContainersSelfTest() {}

    /**
     * Tries quoting, and a run of the static runner.
     *
     * @param vertx for the runner
     * @return completes if all is well; fails with what is not
     */
    public static Future<Void> run(Vertx vertx) {
        RunRequest run = new RunRequest(
                "run_self-test",
                "self-test",
                ContainerRunOptions.DEFAULT.codexImage(),
                List.of("sh", "-c", "printf OK"),
                Duration.ofSeconds(1));
        String script = PodmanCommand.of(ContainerRunOptions.DEFAULT, run).script();
        if (!script.endsWith(" sh -c 'printf OK' </dev/null\n")) {
            return Future.failedFuture(new IllegalStateException("the podman script is not quoted as it has to be"));
        }
        return new StaticContainers(vertx, ContainerRunOptions.DEFAULT)
                .run(run)
                .compose(result -> result.stdout().equals("OK") && result.exitCode() == 0
                        ? Future.succeededFuture()
                        : Future.failedFuture(new IllegalStateException("the static runner did not print OK")));
    }
}
