# Estimates cells of nodes from single answers with R's `survey`. Arguments: the cases (JSON), the folder of their
# answers (a CSV for each case), the file for the estimates. A domain's columns are its means, then their errors.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
cases <- fromJSON(arguments[1], simplifyVector = FALSE)
numbers <- function(list) vapply(list, as.numeric, 0)
designed <- function(case, answers) {
  if (case$census && !case$raked) return(svydesign(ids = ~1, strata = ~stratum, fpc = ~there, data = answers))
  if (case$census) return(svydesign(ids = ~1, strata = ~stratum, fpc = ~there, weights = ~one, data = answers))
  svydesign(ids = ~1, weights = ~one, data = answers)
}
weighted <- function(case, answers) {
  design <- designed(case, answers)
  totals <- lapply(case$totals, numbers)
  frames <- lapply(names(totals), function(name) {
    frame <- data.frame(level = seq_along(totals[[name]]) - 1, Freq = totals[[name]])
    setNames(frame, c(name, "Freq"))
  })
  if (!case$raked) return(if (case$census) design else postStratify(design, ~stratum, frames[[1]]))
  # Rounding keeps the last rounds from standing still, which R warns of.
  raked <- suppressWarnings(rake(design, list(~place_level, ~age_level, ~gender_level), frames,
                                 control = list(epsilon = 1e-15, maxit = case$rounds)))
  mean <- sum(totals[[1]]) / nrow(answers)
  trimWeights(raked, lower = mean / 5, upper = mean * 5, strict = TRUE)
}
within <- function(values, value, all) if (value == all) rep(TRUE, length(values)) else values == value
estimated <- function(case, answers, design) {
  formula <- as.formula(paste("~", paste(unlist(case$columns), collapse = "+")))
  lapply(case$nodes, function(node) lapply(0:case$ages, function(age) lapply(0:case$genders, function(gender) {
    chosen <- answers$piece %in% numbers(node) & within(answers$age, age, case$ages) &
      within(answers$gender, gender, case$genders)
    if (all(is.na(answers$number[chosen]))) return(NULL)
    found <- svymean(formula, subset(design, chosen), na.rm = TRUE)
    I(unname(c(coef(found), SE(found))))
  })))
}
answered <- lapply(names(cases), function(name) {
  case <- cases[[name]]
  answers <- read.csv(file.path(arguments[2], paste0(name, ".csv")))
  design <- weighted(case, answers)
  list(weights = I(unname(weights(design))), cells = estimated(case, answers, design))
})
write(toJSON(setNames(answered, names(cases)), digits = I(17), auto_unbox = TRUE, null = "null"), arguments[3])
