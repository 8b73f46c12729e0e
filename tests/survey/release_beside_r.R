# Recomputes a whole release with R's `survey` from the workings that its job kept. Arguments: the folder of workings,
# what the release shows (a CSV of its cells, rounded), the file for the outcome: how many figures were compared, how
# far they were off, and which ones were.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
table_of <- function(path, numbers) {
  found <- read.csv(path, colClasses = "character", na.strings = "", check.names = FALSE)
  for (name in intersect(numbers, names(found))) found[[name]] <- as.numeric(found[[name]])
  found
}
KEY <- c("question", "path", "region", "age_band", "gender", "choice")
COUNTS <- c("n", "people", "chosen")
FIGURES <- c("share", "error", "low", "high", "mean", "mean_error")
# How the release rounds them: in what units, and by how many of these, which depends on how many answered.
UNITS <- c(share = 1e3, error = 1e4, low = 1e3, high = 1e3, mean = 1e3, mean_error = 1e3)
step_of <- function(n) c(50, 20, 10, 5, 2, 1)[findInterval(n, c(0, 50, 100, 200, 500, 1000))]
PRECISION <- 1e-9

method <- fromJSON(file.path(folder, "method.json"), simplifyVector = TRUE, simplifyDataFrame = FALSE)
answers <- table_of(file.path(folder, "answers.csv"), c("weight", "post_stratum"))
people <- table_of(file.path(folder, "people.csv"), "people")
strata <- table_of(file.path(folder, "strata.csv"),
                   c("people", "answers", "weight", "post_stratum", "place_level", "age_level", "gender_level"))
kept <- table_of(file.path(folder, "cells.csv"), c(COUNTS, FIGURES))
released <- table_of(arguments[2], c(COUNTS, FIGURES))
questions <- setNames(method$questions, vapply(method$questions, `[[`, "", "code"))
AGES <- method$axes$age_band
GENDERS <- method$axes$gender

# Categories that the release does not keep count in totals only; where none is kept, all are the one that is.
category <- function(codes, names) if (identical(names, "not_said")) rep(names, length(codes)) else codes
people$age_band <- category(people$age_band, AGES)
people$gender <- category(people$gender, GENDERS)

# Weights -----------------------------------------------------------------------------------------------------------
cell_of <- function(table) paste(table$place, table$age_band, table$gender, sep = "\r")
there <- tapply(people$people, cell_of(people), sum)[cell_of(strata)]
stopifnot(all(ifelse(is.na(there), 0, there) == strata$people))
at <- match(cell_of(answers), cell_of(strata))
stopifnot(all(tabulate(at, nrow(strata)) == strata$answers), all(strata$post_stratum[at] == answers$post_stratum))
rows <- data.frame(one = 1, strata[at, c("post_stratum", "place_level", "age_level", "gender_level")])
totals <- function(name) {
  known <- strata[strata[[name]] >= 0, ]
  setNames(aggregate(known$people, known[name], sum), c(name, "Freq"))
}
of_stratum <- totals("post_stratum")
rows$there <- of_stratum$Freq[match(rows$post_stratum, of_stratum$post_stratum)]
census <- method$method$sample == "census"
design <- if (census) svydesign(ids = ~1, strata = ~post_stratum, fpc = ~there, weights = ~one, data = rows) else
  svydesign(ids = ~1, weights = ~one, data = rows)
LEVELS <- c("place_level", "age_level", "gender_level")
average <- sum(strata$people) / nrow(rows)
missed <- function(design) max(vapply(LEVELS, function(name) {
  margin <- totals(name)
  max(abs(tapply(weights(design), rows[[name]], sum)[as.character(margin[[name]])] / margin$Freq - 1))
}, 0))
summary <- list(post_strata = nrow(of_stratum))
bounds <- c(average / method$cap, average * method$cap)
if (method$raked) {
  # Rounding keeps the last rounds from standing still, which R warns of.
  raked <- suppressWarnings(rake(design, lapply(paste("~", LEVELS), as.formula), lapply(LEVELS, totals),
                                 control = list(epsilon = 1e-15, maxit = 200)))
  design <- trimWeights(raked, lower = bounds[1], upper = bounds[2], strict = TRUE)
  before <- weights(raked)
  summary$trimmed <- round(mean(before < bounds[1] | before > bounds[2]), 4)
  summary$moved <- round(sum(pmax(weights(design) - before, 0)) / sum(before), 4)
  summary$margin_missed <- round(missed(design), 4)
} else {
  design <- postStratify(design, ~post_stratum, of_stratum)
}
w <- weights(design)
summary$effective_size <- round(sum(w)^2 / sum(w^2), 1)
summary$design_effect <- round(nrow(rows) * sum(w^2) / sum(w)^2, 3)
wrong <- vapply(names(summary), function(name) !isTRUE(all.equal(summary[[name]], method$method[[name]])), NA)

# What was answered ---------------------------------------------------------------------------------------------------
ticked <- lapply(questions, function(question) {
  said <- strsplit(answers[[paste0("q.", question$code)]], " ", fixed = TRUE)
  chosen <- vapply(question$codes, function(code) vapply(said, function(codes) code %in% codes, NA), logical(nrow(rows)))
  chosen * 1
})
said <- lapply(questions, function(question) !is.na(answers[[paste0("q.", question$code)]]))
numbers <- lapply(questions, function(question) {
  if (!length(question$points)) return(NULL)
  question$points[match(answers[[paste0("q.", question$code)]], question$codes)]
})

# Domains ---------------------------------------------------------------------------------------------------------------
in_category <- function(codes, code) if (is.na(code)) rep(TRUE, length(codes)) else !is.na(codes) & codes == code
in_node <- function(table, path, region) startsWith(table$path, path) & in_category(table$region, region)
in_cell <- function(table, cell) in_category(table$age_band, cell$age_band) & in_category(table$gender, cell$gender)

# R's variance of sums of influence values. Rows outside of `part` have none and share no post-stratum with those
# inside: svyrecvar counts them as the zeros that they are, as it does for any domain.
part_of <- function(inside) {
  if (method$raked) return(seq_len(nrow(rows)))
  which(rows$post_stratum %in% unique(rows$post_stratum[inside]))
}
post_strata_of <- function(part) lapply(design$postStrata, function(each) {
  if (length(part) == nrow(rows)) return(each)
  some <- each[part]
  attr(some, "weights") <- attr(each, "weights")[part]
  attr(some, "oldweights") <- attr(each, "oldweights")[part]
  some
})
errors_of <- function(values, part, post_strata) {
  fpc <- list(sampsize = design$fpc$sampsize[part, , drop = FALSE],
              popsize = if (is.null(design$fpc$popsize)) NULL else design$fpc$popsize[part, , drop = FALSE])
  size <- if (length(part) > 500) 32 else 16
  unlist(lapply(split(seq_len(ncol(values)), (seq_len(ncol(values)) - 1) %/% size), function(columns) {
    variance <- svyrecvar(values[, columns, drop = FALSE], design$cluster[part, , drop = FALSE],
                          design$strata[part, , drop = FALSE], fpc, post_strata)
    sqrt(pmax(diag(as.matrix(variance)), 0))
  }), use.names = FALSE)
}

# A cell of one question: the estimate of each choice, of a scale its mean after them, and the influence of each answer.
estimated <- function(code, inside, part) {
  domain <- inside[part] & said[[code]][part]
  y <- ticked[[code]][part, , drop = FALSE]
  values <- if (is.null(numbers[[code]])) y else cbind(y, numbers[[code]][part])
  weight <- ifelse(domain, w[part], 0)
  size <- sum(weight)
  values[!domain, ] <- 0
  estimate <- colSums(weight * values) / size
  list(n = sum(domain), chosen = c(colSums(y[domain, , drop = FALSE]), if (ncol(values) > ncol(y)) NA),
       choice = c(questions[[code]]$codes, if (ncol(values) > ncol(y)) NA), estimate = estimate,
       worth = size^2 / sum(weight^2), influence = weight * (values - rep(estimate, each = length(part))) / size)
}
# Wilson's interval with the effective size p(1 - p)/error^2; Kish's where nothing varies. Its ends at 0 and 1 are exact.
wilson <- function(p, error, worth, n) {
  t <- qt((1 + method$confidence) / 2, n - 1)
  size <- ifelse(error > 0 & p * (1 - p) > 0, p * (1 - p) / error^2, worth)
  centre <- (p + t^2 / (2 * size)) / (1 + t^2 / size)
  half <- t / (1 + t^2 / size) * sqrt(p * (1 - p) / size + t^2 / (4 * size^2))
  list(low = ifelse(p == 0, 0, pmax(centre - half, 0)), high = ifelse(p == 1, 1, pmin(centre + half, 1)))
}
# Rounding leaves 1e-17 of what has no error at all.
settled <- function(errors, estimates) ifelse(errors < 1e-10 * pmax(estimates, 1), 0, errors)

figures_of <- function(cells, part) {
  found <- lapply(cells, function(cell) estimated(cell$question, cell$inside, part))
  each <- function(name) unlist(lapply(found, `[[`, name), use.names = FALSE)
  owner <- rep(seq_along(cells), vapply(found, function(one) length(one$estimate), 0L))
  of_cell <- function(name) vapply(cells, `[[`, cells[[1]][[name]], name)[owner]
  estimate <- each("estimate")
  choice <- each("choice")
  errors <- settled(errors_of(do.call(cbind, lapply(found, `[[`, "influence")), part, post_strata_of(part)), estimate)
  is_mean <- is.na(choice)
  p <- ifelse(is_mean, NA, estimate)
  n <- each("n")[owner]
  ends <- wilson(p, errors, each("worth")[owner], n)
  data.frame(question = of_cell("question"), path = of_cell("path"), region = of_cell("region"),
             age_band = of_cell("age_band"), gender = of_cell("gender"), choice = choice, n = n,
             people = of_cell("there"), chosen = each("chosen"), share = p, error = ifelse(is_mean, NA, errors),
             low = ends$low, high = ends$high, mean = ifelse(is_mean, estimate, NA),
             mean_error = ifelse(is_mean, errors, NA))
}
taking_part <- function(cells) do.call(rbind, lapply(cells, function(cell) {
  data.frame(cell[c("question", "path", "region", "age_band", "gender")], choice = NA, n = sum(cell$inside),
             people = cell$there, chosen = NA, share = NA, error = NA, low = NA, high = NA, mean = NA, mean_error = NA)
}))
shown <- unique(released[c("question", "path", "region", "age_band", "gender")])
recomputed <- do.call(rbind, lapply(split(shown, paste(shown$path, shown$region)), function(node) {
  inside <- in_node(answers, node$path[1], node$region[1])
  frame <- people[in_node(people, node$path[1], node$region[1]), ]
  cells <- lapply(seq_len(nrow(node)), function(at) {
    cell <- as.list(node[at, ])
    c(cell, there = sum(frame$people[in_cell(frame, cell)]), inside = list(inside & in_cell(answers, cell)))
  })
  asked <- vapply(cells, function(cell) cell$question != "*", NA)
  rbind(taking_part(cells[!asked]), if (any(asked)) figures_of(cells[asked], part_of(inside)))
}))

# A good part of it once more, by what every user of `survey` would call ------------------------------------------------
key_of <- function(table) do.call(paste, c(table[KEY], sep = "\r"))
key <- key_of(recomputed)
off <- function(found, wanted) abs(found - wanted) / pmax(abs(wanted), 1e-300)
user_calls <- function() {
  design$variables <- cbind(design$variables, answers[c("age_band", "gender")])
  worst <- 0
  compared <- 0
  first <- vapply(questions, function(question) question$codes[1], "")
  cells <- recomputed[!is.na(recomputed$choice) & recomputed$choice == first[recomputed$question], ]
  whole <- cells[cells$path == method$target & is.na(cells$region) & is.na(cells$age_band), ]
  others <- cells[!rownames(cells) %in% rownames(whole), ]
  set.seed(20260301)
  some <- rbind(whole, others[sample(nrow(others), min(80, nrow(others))), ])
  for (at in seq_len(nrow(some))) {
    cell <- some[at, ]
    code <- cell$question
    names <- paste0("choice", seq_along(questions[[code]]$codes))
    own <- design
    own$variables[names] <- ticked[[code]]
    own$variables$counted <- said[[code]] * 1
    if (!is.null(numbers[[code]])) own$variables$number <- ifelse(is.na(numbers[[code]]), 0, numbers[[code]])
    own <- subset(own, in_node(answers, cell$path, cell$region) & in_cell(answers, cell) & said[[code]])
    wanted <- data.frame(as.list(cell[setdiff(KEY, "choice")]), row.names = NULL,
                         choice = c(questions[[code]]$codes, if (!is.null(numbers[[code]])) NA))
    ours <- recomputed[match(key_of(wanted), key), ]
    theirs <- svymean(as.formula(paste("~", paste(names, collapse = "+"))), own)
    values <- cbind(coef(theirs), SE(theirs))
    if (!is.null(numbers[[code]])) {
      ratio <- svyratio(~number, ~counted, own)
      values <- rbind(values, c(coef(ratio), SE(ratio)))
    }
    mine <- cbind(ifelse(is.na(ours$choice), ours$mean, ours$share), ifelse(is.na(ours$choice), ours$mean_error, ours$error))
    values[values < 1e-10] <- 0
    worst <- max(worst, ifelse(mine == values, 0, off(mine, values)))
    compared <- compared + length(values)
  }
  list(compared = compared, worst = worst)
}

# Comparing -------------------------------------------------------------------------------------------------------------
told <- function(table, rows) I(head(gsub("\r", " | ", key_of(table)[rows]), 5))
compare <- function(other, differs) {
  at <- match(key, key_of(other))
  other <- other[at, ]
  names <- intersect(c(COUNTS, FIGURES), names(other))
  columns <- lapply(names, function(name) {
    mine <- recomputed[[name]]
    theirs <- other[[name]]
    wrong <- is.na(mine) != is.na(theirs) | (!is.na(mine) & !is.na(theirs) & differs(mine, theirs, name))
    there <- !is.na(mine) & !is.na(theirs)
    list(compared = sum(!is.na(theirs)), differences = sum(wrong), first = told(recomputed, which(wrong)),
         worst = if (any(there & theirs != 0)) max(off(mine, theirs)[there & theirs != 0]) else 0)
  })
  list(rows = sum(!is.na(at)), columns = setNames(columns, names))
}
exact <- function(mine, theirs, name) abs(mine - theirs) > PRECISION * abs(theirs)
# A figure within 1e-6 of a unit of the middle between two may be rounded either way.
rounded <- function(mine, theirs, name) {
  if (name %in% COUNTS) return(mine != theirs)
  step <- step_of(recomputed$n)
  if (name == "mean_error") step <- pmax(step %/% 10, 1)
  theirs %% step != 0 | abs(mine * UNITS[[name]] - theirs) > step / 2 + 1e-6
}
weight_off <- off(w, answers$weight)
outcome <- list(
  weights = list(compared = length(w), differences = sum(weight_off > PRECISION), worst = max(weight_off)),
  summary = list(compared = length(summary), differences = I(names(summary)[wrong])),
  user_calls = user_calls(),
  cells = list(released = nrow(released), kept = nrow(kept), recomputed = nrow(recomputed)),
  kept = compare(kept, exact),
  released = compare(released, rounded)
)
write(toJSON(outcome, digits = I(17), auto_unbox = TRUE, null = "null"), arguments[3])
