using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace McpOperator.TestKit;

/// <summary>Waits for what happens in another thread: as short as possible, and not for ever.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="actual">What to show when it does not come to hold.</param>
    /// <param name="each">Done before each look: moving a fake clock, for instance.</param>
    /// <param name="what">The condition in words; by itself, its source text.</param>
    public static async Task Holds(
        Func<bool> condition, Func<object?>? actual = null, Action? each = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            each?.Invoke();
            if (condition())
            {
                return;
            }

            if (watch.Elapsed > Patience)
            {
                throw new TimeoutException($"within {Patience.TotalSeconds} s it did not come to hold: {what}. Now: {actual?.Invoke()}");
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Looks again and again until what it sees is as wanted. Silence of the other side is no answer yet.</summary>
    /// <param name="look">Looks.</param>
    /// <param name="wanted">Whether what was seen is as wanted.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="context">What to show besides the last thing seen when it does not come to be.</param>
    /// <param name="within">How long to wait.</param>
    /// <returns>What was seen.</returns>
    public static async Task<T> Becomes<T>(
        Func<Task<T>> look, Func<T, bool> wanted, string what, Func<string?>? context = null, TimeSpan? within = null)
    {
        var (watch, patience) = (Stopwatch.StartNew(), within ?? TimeSpan.FromSeconds(30));
        object? last = null;
        while (true)
        {
            try
            {
                var seen = await look();
                last = seen;
                if (wanted(seen))
                {
                    return seen;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                last = e.Message;
            }

            if (watch.Elapsed > patience)
            {
                throw new TimeoutException($"within {patience.TotalSeconds} s it did not come to be: {what}. Now: {Told(last)}\n{context?.Invoke()}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Waits for a task, and not for ever.</summary>
    public static Task<T> Ends<T>(Task<T> task) => task.WaitAsync(Patience);

    /// <summary>Waits for a task, and not for ever.</summary>
    public static Task Ends(Task task) => task.WaitAsync(Patience);

    private static object Told(object? value) => value is null ? "nothing" : value is IEnumerable<string> texts ? string.Join(", ", texts) : value;
}
