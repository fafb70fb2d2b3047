package import KeyTables

/// The schema of a plan document, emitted from the tables its reader goes by.
package enum PlanSchema {
  package static let schema = JSONSchema(title: "A vfioplan plan", root: PlanTables.plan)
}
