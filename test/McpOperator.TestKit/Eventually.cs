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

    /// <summary>Waits for a task, and not for ever.</summary>
    public static Task<T> Ends<T>(Task<T> task) => task.WaitAsync(Patience);

    /// <summary>Waits for a task, and not for ever.</summary>
    public static Task Ends(Task task) => task.WaitAsync(Patience);
}
