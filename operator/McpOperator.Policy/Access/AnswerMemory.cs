using System.Collections.Concurrent;

namespace McpOperator.Policy;

/// <summary>
/// Remembers answers to questions that always have the same one. Bounded: when it has taken in so many, it forgets what nobody has asked for
/// since it last did. Callers choose what they ask, so they could fill one without a bound.
/// </summary>
/// <param name="most">How many answers it takes in between two times of forgetting; it holds at most twice as many.</param>
internal sealed class AnswerMemory<TQuestion, TAnswer>(int most) where TQuestion : notnull where TAnswer : class
{
    private volatile ConcurrentDictionary<TQuestion, TAnswer> _young = new();
    private volatile ConcurrentDictionary<TQuestion, TAnswer> _old = new();
    private int _taken;

    /// <summary>How many answers it holds.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The answer, if it is remembered.</summary>
    public TAnswer? Find(in TQuestion question)
    {
        if (_young.TryGetValue(question, out var answer))
        {
            return answer;
        }

        if (_old.TryGetValue(question, out answer))
        {
            Keep(question, answer);
        }

        return answer;
    }

    /// <summary>Remembers an answer.</summary>
    public void Keep(in TQuestion question, TAnswer answer)
    {
        if (Interlocked.Increment(ref _taken) > most)
        {
            (_old, _young) = (_young, new());
            Volatile.Write(ref _taken, 1);
        }

        _young[question] = answer;
    }
}
