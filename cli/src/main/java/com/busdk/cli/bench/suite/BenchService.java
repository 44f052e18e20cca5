package com.busdk.cli.bench.suite;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.broker.backend.log.DelayedFiles;
import com.busdk.broker.backend.log.DiskFiles;
import com.busdk.client.config.GoDuration;
import java.util.HashMap;
import java.util.Map;

/**
 * The events service on a disk whose flush takes longer than this machine's: shows what group commit is worth where
 * flushes are dear. Not for use; {@code bus api provider events} is the service.
 */
public final class BenchService {
    private BenchService() {}

    /**
     * Runs until it is stopped.
     *
     * @param args what each flush takes longer, for example {@code 5ms}, then options of the service as
     *     {@code --name=value}
     */
    public static void main(String[] args) throws Exception {
        Map<String, String> flags = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            flags.put(args[i].substring("--".length(), equals), args[i].substring(equals + 1));
        }
        var files = new DelayedFiles(DiskFiles.INSTANCE, GoDuration.parse(args[0]));
        EventsService service = EventsService.start(null, EventsOptions.read(flags, System.getenv()), files)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> service.stop()
                                .toCompletionStage()
                                .toCompletableFuture()
                                .join(),
                        "bus-bench-stop"));
    }
}
