@NullMarked
package com.busdk.workers;

import org.jspecify.annotations.NullMarked;
