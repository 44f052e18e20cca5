package com.busdk.cli.serve;

import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Output;
import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows one-time passwords to whoever sits at the terminal of the local stack, which has no mail. What comes before the
 * stack has said that it is up is shown behind that.
 *
 * <p>Any thread; guarded by itself, since the output is not safe for several.
 */
final class PasswordConsole {
    /** Longest address (RFC 5321, section 4.5.3.1.3), and words around it. */
    private static final int MAX_TEXT = 400;

    /** Nobody asks for more in the moment before the stack is up; the first ones give way. */
    private static final int MAX_WAITING = 100;

    private final Output out;
    private final boolean json;
    private final List<String> waiting = new ArrayList<>();
    private boolean open;

    PasswordConsole(Invocation invocation) {
        this.out = invocation.out();
        this.json = invocation.common().format() == Format.JSON;
    }

    /**
     * Shows one.
     *
     * @param text an address and its one-time password, in words
     */
    synchronized void show(String text) {
        String line = json ? "{\"console\":" + Json.quote(text) + "}" : ">>> " + Echo.clean(text, MAX_TEXT);
        if (open) {
            print(line);
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            waiting.removeFirst();
        }
        waiting.add(line);
    }

    /** Has something printed first, and then all that waits. */
    synchronized void open(Runnable first) {
        first.run();
        open = true;
        waiting.forEach(this::print);
        waiting.clear();
    }

    private void print(String line) {
        out.line(line);
        out.flush();
    }
}
