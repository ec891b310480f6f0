using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>What became of one child.</summary>
public enum ChildState
{
    /// <summary>It stood there as it should.</summary>
    Unchanged,

    /// <summary>It was made.</summary>
    Created,

    /// <summary>It was changed because we want something else.</summary>
    Updated,

    /// <summary>Somebody else had deleted or edited it, and it was put right.</summary>
    Corrected,

    /// <summary>It was deleted because it is not wanted any more.</summary>
    Deleted,

    /// <summary>An object of its name is not ours and was left alone.</summary>
    NotOwned,

    /// <summary>The cluster does not serve its kind.</summary>
    KindMissing,

    /// <summary>The API server refused it.</summary>
    Failed,

    /// <summary>It was not tried, because something that has to stand before it does not.</summary>
    Skipped,
}

/// <summary>One child and what became of it.</summary>
/// <param name="Type">The child's kind.</param>
/// <param name="Name">The child's name.</param>
/// <param name="State">What became of it.</param>
/// <param name="Message">What is wrong, if something is; for a corrected child: the field.</param>
/// <param name="Live">The child as the cluster has it, if it was there before.</param>
public sealed record ChildOutcome(ResourceType Type, string Name, ChildState State, string Message = "", Kube.KubernetesDocument? Live = null)
{
    /// <summary>Whether the child stands as it should, or is gone as it should.</summary>
    public bool IsGood => State is ChildState.Unchanged or ChildState.Created or ChildState.Updated or ChildState.Corrected or ChildState.Deleted;
}
