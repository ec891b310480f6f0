using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>Something that happened to an object, as an event tells it.</summary>
/// <param name="IsWarning">Whether somebody should look.</param>
/// <param name="Reason">One word for machines.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record Happening(bool IsWarning, string Reason, string Message);

/// <summary>Tells what happened.</summary>
internal static class Happenings
{
    /// <summary>Sends events about an object.</summary>
    public static void Tell(this IEventRecorder events, KubernetesEntity about, IEnumerable<Happening> happenings)
    {
        var reference = new V1ObjectReference
        {
            ApiVersion = about.ApiVersion,
            Kind = about.Kind,
            Name = about.Metadata.Name,
            NamespaceProperty = about.Metadata.NamespaceProperty,
            Uid = about.Metadata.Uid,
        };
        foreach (var happening in happenings)
        {
            if (happening.IsWarning)
            {
                events.Warning(reference, happening.Reason, happening.Message);
            }
            else
            {
                events.Normal(reference, happening.Reason, happening.Message);
            }
        }
    }

    /// <summary>A condition that turned False, or False for another reason, as something that happened.</summary>
    /// <param name="before">The conditions as they were.</param>
    /// <param name="after">The conditions as they are.</param>
    /// <param name="expected">Reasons of which nobody has to be warned.</param>
    public static IEnumerable<Happening> Of(IReadOnlyList<V1Condition> before, IReadOnlyList<V1Condition> after, params IReadOnlyList<string> expected) =>
        from condition in after
        let old = before.FirstOrDefault(c => c.Type == condition.Type)
        where condition.Status == "False" && (old?.Status != "False" || old.Reason != condition.Reason)
        select new Happening(!expected.Contains(condition.Reason), condition.Reason, condition.Message ?? "");
}
