using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>Builds an object's conditions for one pass, keeping the time of the last transition of those that did not change.</summary>
/// <param name="previous">The conditions as the object has them.</param>
/// <param name="generation">The generation that is being reported on.</param>
/// <param name="now">The time of transitions found in this pass.</param>
internal sealed class Conditions(IReadOnlyList<V1Condition> previous, long? generation, DateTime now)
{
    private const int LongestMessage = 4096;

    private readonly List<V1Condition> _all = [];

    /// <summary>The conditions in the order in which they were marked.</summary>
    public IReadOnlyList<V1Condition> All => _all;

    public void True(string type, string reason, string message = "") => Mark(type, "True", reason, message);

    public void False(string type, string reason, string message) => Mark(type, "False", reason, message);

    public void Unknown(string type, string reason, string message) => Mark(type, "Unknown", reason, message);

    /// <summary>Adds a message to a condition that is True.</summary>
    public void Note(string type, string message)
    {
        var at = _all.FindIndex(c => c.Type == type && c.Status == "True");
        if (at >= 0)
        {
            _all[at] = _all[at] with { Message = Shorten(message) };
        }
    }

    /// <summary>Puts <paramref name="summary"/> first: True when all of <paramref name="parts"/> are, else what the first that is not says.</summary>
    public void Summarize(string summary, string reasonWhenTrue, IReadOnlyList<string> parts)
    {
        var first = parts.Select(part => _all.Single(c => c.Type == part)).FirstOrDefault(c => c.Status != "True");
        if (first is null)
        {
            Mark(summary, "True", reasonWhenTrue, "");
        }
        else
        {
            Mark(summary, first.Status, first.Reason, $"{first.Type}: {first.Message}");
        }

        _all.Insert(0, _all[^1]);
        _all.RemoveAt(_all.Count - 1);
    }

    /// <summary>The bound that the schema sets; one long list must not keep a whole status from being written.</summary>
    private static string Shorten(string message) => message.Length <= LongestMessage ? message : message[..(LongestMessage - 1)] + "…";

    private void Mark(string type, string status, string reason, string message)
    {
        var old = previous.FirstOrDefault(c => c.Type == type);
        _all.Add(new V1Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message.Length == 0 ? null : Shorten(message),
            ObservedGeneration = generation,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
        });
    }
}
