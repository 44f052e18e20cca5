package com.busdk.workers.upcloud.runner;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.http.ApiException;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of runners have in common: a cloud that does what it is told, keys, and a port that is said to be open. */
@Timeout(60)
abstract class RunnerFixture {
    static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExample";

    static final Duration LONGEST_RUN = Duration.ofMinutes(40);

    /** A double may be in use for so long, and a little more. */
    static final Duration IDLE = LONGEST_RUN.plusMinutes(6);

    @TempDir
    Path dir;

    final Vertx vertx = Vertx.vertx();
    final StubCloud cloud = StubCloud.start(vertx);
    final MovedTime time = new MovedTime(vertx);
    final UpCloudClient client = new UpCloudClient(vertx, cloud.url(), ApiToken.of(StubCloud.TOKEN), time);
    final List<String> probed = new ArrayList<>();
    volatile int closedProbes;

    @BeforeEach
    void writeKey() throws IOException {
        Files.writeString(dir.resolve("key.pub"), "# mine\n" + KEY + " somebody@example.com\n");
    }

    @AfterEach
    void stop() {
        await(client.close());
        cloud.close();
        await(vertx.close());
    }

    RunnerManager manager(String... flags) {
        Map<String, String> given = new HashMap<>();
        given.put("container-runner-name", "runner");
        given.put("container-ssh-keys", dir.resolve("key.pub").toString());
        for (int i = 0; i < flags.length; i += 2) {
            given.put(flags[i], flags[i + 1]);
        }
        UpCloudOptions options = UpCloudOptions.read(given, Map.of());
        return new RunnerManager(
                vertx,
                client,
                time,
                Objects.requireNonNull(options.runner()),
                options.policy(),
                this::probe,
                LONGEST_RUN);
    }

    synchronized Future<Boolean> probe(String host, int port) {
        probed.add(host + ":" + port);
        return Future.succeededFuture(probed.size() > closedProbes);
    }

    ApiException refused(String... flags) {
        ApiException e = failure(ApiException.class, manager(flags).ensure());
        assertEquals("vm_unavailable", e.type());
        assertEquals(0, cloud.count("POST", "/server"), "nothing is created");
        return e;
    }

    void eventually(BooleanSupplier condition) {
        Promise<Void> there = Promise.promise();
        vertx.setPeriodic(1, timer -> {
            if (condition.getAsBoolean()) {
                vertx.cancelTimer(timer);
                there.tryComplete();
            }
        });
        await(there.future());
    }
}
