package com.busdk.cli;

import com.busdk.cli.bench.BroadcastLoad;
import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.GroupLoad;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.PublishLoad;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.RequestLoad;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Timing;
import com.busdk.client.config.ServiceUrls;
import java.time.Duration;
import java.util.List;

/**
 * A little of everything that an events service does, so that the start-up cache holds the profiles of the methods that
 * do it: a service that starts with them compiles what counts at once, instead of finding out first. Every load ends by
 * its count, in some seconds together.
 */
final class ServiceTraining {
    private static final Duration AT_MOST = Duration.ofSeconds(20);
    private static final int EVENT_BYTES = 200;
    private static final int EVENTS = 20_000;
    private static final int LINES = 200_000;
    private static final int NAMES = 100;
    private static final int LISTENERS = 100;

    private ServiceTraining() {}

    /** Puts the loads on the service at that address, one after the other, on this thread. */
    static void run(String service, String token) throws InterruptedException {
        Target target = Target.of(ServiceUrls.eventsCollection(service), token);
        try (var client = new LoadClient(1)) {
            new PublishLoad(16, 0, lines("training.publish"), count(EVENTS)).run(client, target);
            List<String> names = EventLines.names("training.many", NAMES);
            new NdjsonLoad(1, 0, 256, new EventLines(names, EVENT_BYTES), count(LINES)).run(client, target);
            new ReplayLoad(1, names, 0, 3).run(client, target);
            new ReplayLoad(1, names.subList(0, 1), 0, 30).run(client, target);
            new BroadcastLoad(1, 0, false, 1_000, lines("training.one"), count(EVENTS / 4)).run(client, target);
            new BroadcastLoad(LISTENERS, 0, true, 1_000, lines("training.all"), count(EVENTS)).run(client, target);
            new GroupLoad("training", 2, true, 2_048, 512, LINES / 2, 0, 10_000, lines("training.group"), count(0))
                    .run(client, target);
            new RequestLoad(8, 2, 0, lines("training.request"), count(EVENTS / 4)).run(client, target);
        }
    }

    private static EventLines lines(String name) {
        return new EventLines(List.of(name), EVENT_BYTES);
    }

    private static Timing count(long events) {
        return new Timing(Duration.ZERO, AT_MOST, events);
    }
}
