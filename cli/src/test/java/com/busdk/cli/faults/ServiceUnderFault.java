package com.busdk.cli.faults;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.broker.backend.log.DiskFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * The events service in a process of its own, on a disk that fails when it is told to. Arguments are options of the
 * service as {@code --name=value}. It prints its port, then obeys lines on its standard input and repeats each when it is
 * done; when that ends, the process does, so that it never outlives the test.
 */
final class ServiceUnderFault {
    /** The system property with an order that is obeyed before the service starts. */
    static final String BEGIN = "bus.faults.begin";

    /** What the process exits with when the service does not start. */
    static final int REFUSED = 3;

    private ServiceUnderFault() {}

    public static void main(String[] args) throws IOException {
        ControlledFiles files = new ControlledFiles(DiskFiles.INSTANCE);
        String first = System.getProperty(BEGIN, "");
        if (!first.isEmpty()) {
            obey(files, first);
        }
        Map<String, String> flags = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            flags.put(arg.substring("--".length(), equals), arg.substring(equals + 1));
        }
        try {
            EventsService service = EventsService.start(null, EventsOptions.read(flags, System.getenv()), files)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            System.out.println("port " + service.port());
        } catch (RuntimeException refused) {
            System.err.println("refused: " + refused.getMessage());
            Runtime.getRuntime().halt(REFUSED);
        }
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            obey(files, order);
            System.out.println(order);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void obey(ControlledFiles files, String order) throws IOException {
        String[] words = order.split(" ", -1);
        int number = Integer.parseInt(words[1]);
        switch (words[0]) {
            case "fail-flushes" -> files.failFlushes(number);
            case "fail-side-flushes" -> files.failSideFlushes(number);
            case "fail-writes" -> files.failWrites(number);
            case "delay-flushes" -> files.delayFlushes(number);
            case "move-clock" -> MovedClock.move(number);
            case "lose-power" -> {
                files.losePower(new Random(number));
                Runtime.getRuntime().halt(0);
            }
            default -> throw new IllegalArgumentException(order);
        }
    }
}
