var __addDisposableResource = (this && this.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (this && this.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Device } from '../../lib/runtime/device.js';
import { scope } from '../../lib/tensor/scope.js';
import { Tensor } from '../../lib/tensor/tensor.js';
import { noLeaks } from './no-leaks.js';
const scopes = suite('scope');
const test = noLeaks(scopes);
const device = Device.get('cpu');
const make = () => Tensor.empty(device, [4]);
test('disposes what it made, keeps what it returns', () => {
    let inner;
    const result = scope(() => {
        inner = make();
        return make();
    });
    assert.ok(inner.isDisposed);
    assert.not(result.isDisposed);
    result.dispose();
});
test('keeps tensors in arrays, plain objects and maps, however deep', () => {
    const made = [];
    const one = () => {
        made.push(make());
        return made.at(-1);
    };
    const result = scope(() => ({
        list: [one(), [one()]],
        map: new Map([['a', { deep: one() }]]),
        nothing: null,
        number: 3,
        text: 'x',
    }));
    assert.is(made.length, 3);
    for (const tensor of made)
        assert.not(tensor.isDisposed);
    assert.is(result.number, 3);
    for (const tensor of made)
        tensor.dispose();
});
test('does not look into other objects', () => {
    class Holder {
        tensor = make();
    }
    const holder = scope(() => new Holder());
    assert.ok(holder.tensor.isDisposed);
});
test('leaves alone what was made outside, returned or not', () => {
    const outside = make();
    assert.is(scope(() => outside), outside);
    scope(() => void outside.shape);
    assert.not(outside.isDisposed);
    outside.dispose();
});
test('hands what an inner scope returns to the outer one', () => {
    let inner;
    let early;
    const result = scope(() => {
        early = make();
        inner = scope(() => {
            make();
            return make();
        });
        assert.not(inner.isDisposed);
        assert.not(early.isDisposed, 'the inner scope took a tensor of the outer one');
        return 1;
    });
    assert.is(result, 1);
    assert.ok(inner.isDisposed);
    assert.ok(early.isDisposed);
});
test('on a throw disposes everything and goes back to the outer scope', () => {
    const tensors = [];
    const error = new Error('on purpose');
    scope(() => {
        const before = make();
        try {
            scope(() => {
                tensors.push(make(), make());
                throw error;
            });
        }
        catch (caught) {
            assert.is(caught, error);
        }
        assert.not(before.isDisposed);
        tensors.push(make());
    });
    assert.equal(tensors.map((tensor) => tensor.isDisposed), [true, true, true]);
    const outside = make();
    assert.not(outside.isDisposed);
    outside.dispose();
});
test('keep() and share() outlive it; a disposed tensor in the result does no harm', () => {
    let kept;
    let shared;
    scope(() => {
        kept = make().keep();
        shared = make().share();
        const gone = make();
        gone.dispose();
        return gone;
    });
    assert.not(kept.isDisposed);
    assert.not(shared.isDisposed);
    assert.ok(shared.isSoleUser, 'the handle in the scope was not let go');
    kept.dispose();
    shared.dispose();
});
test('using lets go at the end of its block', () => {
    let seen;
    {
        const env_1 = { stack: [], error: void 0, hasError: false };
        try {
            const tensor = __addDisposableResource(env_1, make(), false);
            seen = tensor;
            assert.not(tensor.isDisposed);
        }
        catch (e_1) {
            env_1.error = e_1;
            env_1.hasError = true;
        }
        finally {
            __disposeResources(env_1);
        }
    }
    assert.ok(seen.isDisposed);
});
scopes.run();
//# sourceMappingURL=scope.test.js.map