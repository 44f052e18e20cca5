package com.busdk.broker.fault;

import com.busdk.broker.backend.nats.NatsServers;
import com.busdk.broker.contract.harness.Deadline;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two services before a cluster of three servers, of which one part after the other is killed or stands still while clients
 * go on. A server that was killed comes back with nothing, since the oldest version that is served may otherwise disagree
 * with the others about what it had.
 */
@DisabledIfEnvironmentVariable(
        named = "CI",
        matches = "true",
        disabledReason = "it takes minutes of waiting for clusters: scripts/test NatsFaultsTest")
class NatsFaultsTest {
    private static final String STREAM = "FAULT";
    private static final int SERVICES = 2;

    /** So much is done between two faults, and during each where it can be. */
    private static final int SOME = 50;

    /** Longer than it takes to be taken for dead, by the servers as well as by the other service. */
    private static final Duration PAUSE = Duration.ofSeconds(8);

    @TempDir
    Path folder;

    private final AtomicReferenceArray<ServiceProcess> services = new AtomicReferenceArray<>(SERVICES);

    @Test
    void shouldKeepEveryPromiseWhicheverPartOfTheClusterFails() throws InterruptedException {
        Assumptions.assumeTrue(NatsServers.available(), "nats-server is not installed");
        try (NatsServers servers = NatsServers.three(folder.resolve("servers"));
                ClusterLoad load = new ClusterLoad(List.of(
                        () -> services.get(0).caller(), () -> services.get(1).caller()))) {
            for (int i = 0; i < SERVICES; i++) {
                start(servers, i);
            }
            load.start();
            load.progress("without a fault", SOME);
            killLeader(servers, load);
            killFollower(servers, load);
            for (int i = 0; i < SERVICES; i++) {
                killService(servers, load, i);
            }
            pauseLeader(servers, load);
            pauseService(load);
            stopAllServers(servers, load);
            load.finishAndCheck();
        } finally {
            for (int i = 0; i < SERVICES; i++) {
                ServiceProcess service = services.get(i);
                if (service != null) {
                    service.close();
                }
            }
        }
    }

    private void start(NatsServers servers, int number) {
        services.set(
                number,
                ServiceProcess.start(
                        folder.resolve("service-" + number),
                        "events-backend=nats",
                        "nats-url=" + servers.url(),
                        "nats-replicas=3",
                        "nats-stream=" + STREAM));
    }

    private static int leader(NatsServers servers) {
        return Deadline.until("a leader", () -> servers.leader(STREAM), leader -> leader >= 0);
    }

    /** The next fault meets a cluster that can lose a server. */
    private static void untilWhole(NatsServers servers, ClusterLoad load, String behind) {
        servers.untilCurrent(STREAM);
        servers.untilCurrent(STREAM + "-groups");
        load.progress("behind: " + behind, SOME);
    }

    private static void killLeader(NatsServers servers, ClusterLoad load) {
        int leader = leader(servers);
        servers.kill(leader);
        load.mark();
        System.out.println("publishing went on " + load.millisToFirstAccepted() + " ms after the leader's death");
        load.progress("without the leader that was", SOME);
        servers.restartEmpty(leader);
        untilWhole(servers, load, "the leader's death");
    }

    private static void killFollower(NatsServers servers, ClusterLoad load) {
        int follower = (leader(servers) + 1) % servers.size();
        servers.kill(follower);
        load.mark();
        System.out.println("publishing went on " + load.millisToFirstAccepted() + " ms after a follower's death");
        load.progress("without a follower", SOME);
        servers.restartEmpty(follower);
        untilWhole(servers, load, "a follower's death");
    }

    private void killService(NatsServers servers, ClusterLoad load, int number) {
        services.get(number).kill();
        load.progress("without service " + number, SOME);
        start(servers, number);
        untilWhole(servers, load, "the death of service " + number);
    }

    private static void pauseLeader(NatsServers servers, ClusterLoad load) {
        int leader = leader(servers);
        servers.pause(leader);
        try {
            pass();
        } finally {
            servers.resume(leader);
        }
        untilWhole(servers, load, "a pause of the leader");
    }

    private void pauseService(ClusterLoad load) {
        for (int i = 0; i < SERVICES; i++) {
            ServiceProcess service = services.get(i);
            service.pause();
            try {
                pass();
            } finally {
                service.resume();
            }
            load.progress("behind: a pause of service " + i, SOME);
        }
    }

    private static void pass() {
        Instant end = Instant.now().plus(PAUSE);
        Deadline.until("the pause to be over", () -> Instant.now().isAfter(end));
    }

    private static void stopAllServers(NatsServers servers, ClusterLoad load) {
        for (int i = 0; i < servers.size(); i++) {
            servers.stop(i);
        }
        for (int i = 0; i < servers.size(); i++) {
            servers.startAgain(i);
        }
        untilWhole(servers, load, "a restart of all servers");
    }
}
