package com.busdk.workers.upcloud.runner;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runners that several make at once: one stays, and the doubles go when nothing can be using them any more. */
class RunnerDoublesTest extends RunnerFixture {
    // --- at once ---

    @Test
    void shouldCreateOneForAllWhoNeedItAtOnce() {
        RunnerManager manager = manager();
        List<Future<Runner>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(manager.ensure());
        }
        all.forEach(future -> assertEquals(await(all.getFirst()), await(future)));
        assertEquals(1, cloud.count("POST", "/server"));
    }

    @Test
    void shouldEndWithOneRunnerWhereTwoProcessesCreateAtOnce() {
        // Neither sees the other's at first: both create.
        cloud.together("GET", "/1.3/server", 2);
        cloud.hiddenLists = 2;
        Future<Runner> one = manager().ensure();
        Future<Runner> two = manager().ensure();
        assertEquals(await(one).uuid(), await(two).uuid());
        eventually(() -> cloud.machines().size() == 1);
        assertEquals(
                2,
                cloud.calls().stream()
                        .filter(call ->
                                call.method().equals("POST") && call.path().equals("/1.3/server"))
                        .count(),
                "both created");
        assertEquals(await(one).uuid(), cloud.machines().getFirst().uuid, "the older one stays");
        assertEquals(1, cloud.count("DELETE", "storages=1"));
    }

    // --- doubles of others ---

    private Machine runner(String maker) {
        Machine machine = cloud.machine("runner", "started").label("bus-runner", "runner");
        return maker.isEmpty() ? machine : machine.label("bus-maker", maker);
    }

    @Test
    void shouldTakeTheDoubleOfADeadWorkerAwayWhenNoRunCanBeThereAnyMore() {
        Machine first = runner("somebody");
        Machine second = runner("the-dead");
        RunnerManager manager = manager();
        assertEquals(first.uuid, await(manager.ensure()).uuid());
        time.move(LONGEST_RUN);
        await(manager.ensure());
        // Whoever takes it away looks at it first, before the runner is looked at.
        assertEquals(0, cloud.count("GET", second.uuid), "a run may be going on there");

        time.move(IDLE.minus(LONGEST_RUN));

        eventually(() -> cloud.machines().size() == 1); // nobody asks: it looks by itself
        assertEquals(first, cloud.machines().getFirst());
        assertEquals(1, cloud.count("DELETE", "storages=1"));
    }

    @Test
    void shouldTakeADoubleAwayOnceWhereTwoProcessesFindIt() {
        Machine first = runner("somebody");
        runner("the-dead");
        RunnerManager one = manager();
        RunnerManager two = manager();
        await(one.ensure());
        await(two.ensure());
        time.move(IDLE);
        await(one.ensure());
        await(two.ensure());
        eventually(() -> cloud.machines().equals(List.of(first)));
        assertEquals(first.uuid, await(one.ensure()).uuid());
    }

    @Test
    void shouldLeaveAloneWhatNoWorkerHasMade() {
        runner("somebody");
        Machine byHand = runner("");
        Machine sameTitle = cloud.machine("runner", "started");
        Machine others = cloud.machine("runner", "started")
                .label("bus-runner", "runner-2")
                .label("bus-maker", "another");
        RunnerManager manager = manager();
        for (int i = 0; i < 3; i++) {
            await(manager.ensure());
            time.move(IDLE);
        }
        await(manager.ensure());
        assertTrue(cloud.machines().containsAll(List.of(byHand, sameTitle, others)));
        assertEquals(0, cloud.count("DELETE", "") + cloud.count("POST", "/stop"));
    }

    @Test
    void shouldLeaveADoubleAloneThatBecomesTheRunner() {
        Machine first = runner("somebody");
        Machine second = runner("the-dead");
        RunnerManager manager = manager();
        await(manager.ensure());
        cloud.remove(first);
        time.move(IDLE);
        assertEquals(second.uuid, await(manager.ensure()).uuid());
        time.move(IDLE);
        await(manager.ensure());
        assertEquals(List.of(second), cloud.machines());
    }

    @Test
    void shouldTakeNoServerOfOthersAwayWhereTheAddressIsFixed() {
        runner("somebody");
        Machine second = runner("the-dead");
        RunnerManager manager = manager("container-ssh-target", "root@127.0.0.1");
        await(manager.ensure());
        time.move(IDLE);
        await(manager.ensure());
        time.move(IDLE);
        await(manager.ensure());
        assertEquals(0, cloud.count("GET", second.uuid));
        assertEquals(2, cloud.machines().size());
    }
}
