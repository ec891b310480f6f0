using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>Tells users what happened to their objects, as Kubernetes Events. Never blocks and never fails.</summary>
public interface IEventRecorder
{
    /// <summary>Something went as it should.</summary>
    /// <param name="about">The object.</param>
    /// <param name="reason">One word in CamelCase, for machines.</param>
    /// <param name="message">One sentence, for people.</param>
    void Normal(V1ObjectReference about, string reason, string message);

    /// <summary>Something needs attention.</summary>
    /// <param name="about">The object.</param>
    /// <param name="reason">One word in CamelCase, for machines.</param>
    /// <param name="message">One sentence, for people; it says what to do.</param>
    void Warning(V1ObjectReference about, string reason, string message);
}
